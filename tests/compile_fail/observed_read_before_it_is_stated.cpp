// expect: this name is used before it is stated: move its statement up
// expect: used_before_it_is_stated<variad::named<'y'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto y = observed<"y">;
inline constexpr auto x = observed<"x">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(y = ~normal(0, 1), x = ~normal(y, 1)));
#else
constexpr auto p = model(plate<"row">(x = ~normal(y, 1), y = ~normal(x, 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  const variad::array<float> one{1.0f};
  vi.fit(variad::data(wrong::x = one, wrong::y = one));
}
