// expect: the model draws this variable together with others, and has no mean for it alone
// expect: model_draws_it_with_others<variad::named<'a'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto y = observed<"y">;
inline constexpr auto a = latent<"a">;
inline constexpr auto b = latent<"b">;
constexpr auto p = model(joint(a, b) = ~normal(0, 1), plate<"row">(y = ~normal(a + b, 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, mean_field(wrong::p));
#ifdef VARIAD_FIXED
  vi.sample<"a">(1);
#else
  vi.generate<"a">(1);
#endif
}
