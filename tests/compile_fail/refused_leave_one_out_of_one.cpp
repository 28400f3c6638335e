// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::score_function<
// expect: named<'z'>
// expect: "leave-one-out needs"
// expect: "S of at least 2"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(
    plate<"row">(z = ~categorical<3>(logits = dense<6>(x)).by(score_function(leave_one_out))));
}  // namespace wrong

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<2>>(wrong::p, wrong::q);
#else
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
