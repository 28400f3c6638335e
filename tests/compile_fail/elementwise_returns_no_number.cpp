// expect: the function of elementwise(...) must return a number computed of its arguments
// limit: 12000
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
#ifdef VARIAD_FIXED
constexpr auto sign = elementwise([](auto u) { return select(u > 0, 1 + 0 * u, -1); });
#else
constexpr auto sign = elementwise([](auto u) { return u > 0; });
#endif
constexpr auto p = model(plate<"row">(x = ~normal(sign(param<>()), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
