// expect: reads what varies over the rows of a plate that it does not stand in
// expect: reads_another_plate<variad::internals::problem::in_statement<variad::named<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto u = latent<"u">;
constexpr auto p = model(u = ~normal(0, 1), plate<"row">(x = ~normal(u, 1)));
#ifdef VARIAD_FIXED
constexpr auto q = guide(u = ~normal(param(), 1));
#else
constexpr auto q = guide(u = ~normal(sum(x), 1));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
