// expect: a condition here is of many numbers at once
// expect: write select(condition, a, b)
// limit: 12000
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
#ifdef VARIAD_FIXED
constexpr auto positive_part = elementwise([](auto u) { return select(u > 0, u, 0 * u); });
#else
constexpr auto positive_part = elementwise([](auto u) {
  if (u > 0) return u;
  return 0 * u;
});
#endif
constexpr auto p = model(plate<"row">(x = ~normal(positive_part(param<>()), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
