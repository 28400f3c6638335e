// expect: this latent is drawn in the guide and has no prior
// expect: latent_without_prior<variad::named<'v'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto u = latent<"u">;
inline constexpr auto v = latent<"v">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(u = ~normal(0, 1), v = ~normal(0, 1), x = ~normal(u + v, 1)));
#else
constexpr auto p = model(plate<"row">(u = ~normal(0, 1), x = ~normal(u, 1)));
#endif
constexpr auto q = guide(plate<"row">(joint(u, v) = ~normal(x, 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
