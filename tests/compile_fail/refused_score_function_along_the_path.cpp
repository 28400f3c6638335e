// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::score_function<
// expect: variad::named<'z'>
// expect: "the objective takes"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1).by(pathwise{})));
#else
constexpr auto q =
    guide(plate<"row">(z = ~normal(dense<2>(x), 1).by(score_function(baselines::moving{}))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::sticking_the_landing<variad::elbo<1>>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
