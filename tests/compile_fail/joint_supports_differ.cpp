// expect: guide and model draw this latent from families with different supports
// expect: supports_differ<variad::named<'v'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto u = latent<"u">;
inline constexpr auto v = latent<"v">;
constexpr auto p = model(plate<"row">(joint(u, v) = ~normal(0, 1), x = ~normal(u + v, 1)));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(u = ~normal(x, 1), v = ~laplace(x, 1)));
#else
constexpr auto q = guide(plate<"row">(u = ~normal(x, 1), v = ~log_normal(x, 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
