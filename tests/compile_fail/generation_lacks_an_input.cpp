// expect: data(...) lacks a variable
// expect: data_lacks<variad::named<'u'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto u = given<"u", 2>;
inline constexpr auto y = observed<"y">;
inline constexpr auto w = latent<"w", 2>;
constexpr auto p = model(w = ~normal(0, 1), plate<"row">(y = ~normal(sum(w * u), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, mean_field(wrong::p));
#ifdef VARIAD_FIXED
  vi.generate<"y">(variad::data(wrong::u = variad::array<float>{}));
#else
  vi.generate<"y">(10);
#endif
}
