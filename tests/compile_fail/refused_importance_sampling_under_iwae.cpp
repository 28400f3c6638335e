// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::importance_sampling, variad::named<'z'>
// expect: "the objective has importance"
// expect: "weights of its own
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q =
    guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x)).by(importance_sampling{})));
}  // namespace wrong

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<5>>(wrong::p, wrong::q);
#else
  auto vi = variad::infer<variad::iwae<5>>(wrong::p, wrong::q);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
