// expect: the data plate would need one of all data: use elbo<S>, and bound
// expect: weights_with_global_latents<variad::named<'w'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto v = observed<"v">;
inline constexpr auto w = latent<"w">;
constexpr auto p = model(plate<"side", 3>(w = ~normal(0, 1), v = ~normal(w, 1)),
                         plate<"row">(x = ~normal(param<>(), 1)));
constexpr auto q = guide(plate<"side", 3>(w = ~normal(0, 1)));
}  // namespace wrong

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<5>>(wrong::p, wrong::q);
#else
  auto vi = variad::infer<variad::iwae<5>>(wrong::p, wrong::q);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}, wrong::v = variad::array<float>{}));
}
