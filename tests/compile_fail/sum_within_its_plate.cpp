// expect: a sum over the rows of a plate stands within that plate
// expect: sum_within_its_plate<variad::internals::problem::in_statement<variad::named<'u'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto u = observed<"u">;
inline constexpr auto e = latent<"e">;
inline constexpr auto s = quantity<"s">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row", 3>(e = ~normal(0, 1)), s = sum(e, over<"row">),
                         plate<"row", 3>(u = ~normal(e - s, 1)));
#else
constexpr auto p =
    model(plate<"row", 3>(e = ~normal(0, 1), u = ~normal(e - sum(e, over<"row">), 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::mean_field(wrong::p));
  vi.fit(variad::data(wrong::u = variad::array<float>{1.0f, 2.0f, 3.0f}));
}
