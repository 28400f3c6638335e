// expect: this name is stated twice: state each name once
// expect: name_stated_twice<variad::named<'v'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto u = latent<"u">;
inline constexpr auto v = latent<"v">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(joint(u, v) = ~normal(0, 1), x = ~normal(u + v, 1)));
#else
constexpr auto p =
    model(plate<"row">(joint(u, v) = ~normal(0, 1), v = ~normal(0, 1), x = ~normal(u + v, 1)));
#endif
constexpr auto q = guide(plate<"row">(u = ~normal(x, 1), v = ~normal(x, 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
