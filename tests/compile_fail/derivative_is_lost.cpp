// expect: no derivative passes through the condition of select
// expect: derivative_is_lost
// expect: ops::select
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto y = latent<"y">;
constexpr auto q = guide(plate<"row">(y = ~normal(param<>(), 1)));
#ifdef VARIAD_FIXED
constexpr auto step = sigmoid(10 * (y - param<>()));
#else
constexpr auto step = select(y - param<>(), 1, 0);
#endif
constexpr auto p = model(plate<"row">(y = ~normal(0, 1), x = ~normal(step, 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
