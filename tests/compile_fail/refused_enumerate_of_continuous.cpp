// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::enumerate, variad::named<'y'>
// expect: "a continuous draw cannot be"
// expect: "enumerated"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = latent<"y", 2>;
constexpr auto p = model(plate<"row">(y = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(y))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(y = ~normal(dense<2>(x), 1)));
#else
constexpr auto q = guide(plate<"row">(y = ~normal(dense<2>(x), 1).by(enumerate{})));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
