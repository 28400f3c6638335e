// expect: a restricted Boltzmann machine is over two groups of units: `joint(z1, z2) = ~restricted_boltzmann()`
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2", 3>;
inline constexpr auto z3 = latent<"z3", 4>;
#ifdef VARIAD_FIXED
constexpr auto p =
    model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(), z3 = ~bernoulli(logits = 0),
                       x = ~bernoulli(logits = dense<6>(z1, z2, z3))));
#else
constexpr auto p = model(plate<"row">(joint(z1, z2, z3) = ~restricted_boltzmann(),
                                      x = ~bernoulli(logits = dense<6>(z1, z2, z3))));
#endif
constexpr auto q =
    guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)), z2 = ~bernoulli(logits = dense<3>(x)),
                       z3 = ~bernoulli(logits = dense<4>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
