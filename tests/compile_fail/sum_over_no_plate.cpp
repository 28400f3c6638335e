// expect: names no plate that is stated before
// expect: sum_over_no_plate<variad::internals::problem::in_statement<variad::named<'u'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto u = observed<"u">;
inline constexpr auto y = observed<"y">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row", 3>(y = ~normal(0, 1)), u = ~normal(sum(y, over<"row">), 1));
#else
constexpr auto p = model(plate<"row", 3>(y = ~normal(0, 1)), u = ~normal(sum(y, over<"rows">), 1));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  vi.fit(variad::data(wrong::u = variad::array<float>{1.0f},
                      wrong::y = variad::array<float>{1.0f, 2.0f, 3.0f}));
}
