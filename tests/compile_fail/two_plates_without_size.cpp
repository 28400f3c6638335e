// expect: only one plate, not within another, can take its size from the data, beside those
// expect: two_plates_without_size<variad::named<'b'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto y = observed<"y">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"a">(x = ~normal(0, 1)), plate<"b", 3>(y = ~normal(0, 1)));
#else
constexpr auto p = model(plate<"a">(x = ~normal(0, 1)), plate<"b">(y = ~normal(0, 1)));
#endif
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide()); }
