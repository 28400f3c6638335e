// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::pathwise, variad::named<'y'>
// expect: "a function without a"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto u = given<"u", 2>;
inline constexpr auto y = latent<"y", 2>;
constexpr auto q = guide(plate<"row">(y = ~normal(dense<2>(x), 1).by(pathwise{})));
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(y = ~normal(0, 1), x = ~normal(select(u, y, 0.1 * y), 1)));
#else
constexpr auto p =
    model(plate<"row">(y = ~normal(0, 1), x = ~normal(select(y + u, y, 0.1 * y), 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}, wrong::u = variad::array<float>{}));
}
