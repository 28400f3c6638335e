// expect: reads what varies over the rows of a plate that it does not stand in
// expect: reads_another_plate<variad::internals::problem::in_statement<variad::named<'u'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto u = observed<"u">;
inline constexpr auto e = latent<"e">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"s", 3>(e = ~normal(0, 1)), u = ~normal(sum(e, over<"s">), 1));
#else
constexpr auto p = model(plate<"s", 3>(e = ~normal(0, 1)), u = ~normal(sum(e), 1));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::mean_field(wrong::p));
  vi.fit(variad::data(wrong::u = variad::array<float>{1.0f}));
}
