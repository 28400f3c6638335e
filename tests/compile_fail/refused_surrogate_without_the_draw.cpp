// expect: refuses this latent, for the reason in because<...>
// expect: its surrogate must read
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(logits = 0), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto surrogate = dense<1>(drawn_value, x);
#else
constexpr auto surrogate = dense<1>(x);
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(relax(surrogate))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
