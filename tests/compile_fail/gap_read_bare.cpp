// expect: this variable may have gaps, and the guide does not draw what is missing: read it as
// expect: reads_gaps<variad::named<'u'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto y = observed<"y">;
inline constexpr auto u = partly_observed<"u">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(u = ~normal(0, 1), y = ~normal(param<>() * filled(u, 0), 1)));
#else
constexpr auto p = model(plate<"row">(u = ~normal(0, 1), y = ~normal(param<>() * u, 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  vi.fit(variad::data(wrong::y = variad::array<float>{1.0f}));
}
