// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::enumerate, variad::named<'y'>
// expect: "more joint values than the"
// expect: "budget of 256"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = latent<"y", 9>;
constexpr auto p =
    model(plate<"row">(y = ~bernoulli(probs = 0.5), x = ~bernoulli(logits = dense<6>(y))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(y = ~bernoulli(logits = dense<9>(x))));
#else
constexpr auto q = guide(plate<"row">(y = ~bernoulli(logits = dense<9>(x)).by(enumerate{})));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
