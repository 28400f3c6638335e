// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::dvae, variad::named<'z'>
// expect: "it is made for the prior of
// expect: Boltzmann machine"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(z = ~boltzmann(), x = ~bernoulli(logits = dense<6>(z))));
#else
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(logits = param<2>()), x = ~bernoulli(logits = dense<6>(z))));
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(dvae{})));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
