// expect: a Boltzmann machine is a prior and cannot be a guide: draw its units with `name = ~bernoulli(logits = ...)` in guide(...)
// expect: boltzmann_in_the_guide<variad::named<'z', '1'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2", 3>;
constexpr auto p = model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(),
                                      x = ~bernoulli(logits = dense<6>(z1, z2))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(joint(z1, z2) = ~bernoulli(logits = dense<5>(x))));
#else
constexpr auto q = guide(plate<"row">(joint(z1, z2) = ~restricted_boltzmann()));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
