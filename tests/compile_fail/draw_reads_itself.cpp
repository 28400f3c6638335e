// expect: the parameters of this draw read the variable that is drawn
// expect: draw_reads_itself<variad::named<'y'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto y = observed<"y">;
inline constexpr auto x = given<"x">;
inline constexpr auto b = latent<"b">;
#ifdef VARIAD_FIXED
constexpr auto p = model(b = ~normal(0, 1), plate<"row">(y = ~normal(b * x, 1)));
#else
constexpr auto p = model(b = ~normal(0, 1), plate<"row">(y = ~normal(b * y, 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::mean_field(wrong::p));
  vi.fit(variad::data(wrong::y = variad::array<float>{1.0f}
#ifdef VARIAD_FIXED
                      ,
                      wrong::x = variad::array<float>{1.0f}
#endif
                      ));
}
