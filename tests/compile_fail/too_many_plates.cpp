// expect: a program has at most 4 plates
// expect: too_many_plates<variad::named<'e'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
#ifdef VARIAD_FIXED
constexpr auto p =
    model(plate<"a">(plate<"b", 2>(plate<"c", 2>(plate<"d", 2>(x = ~normal(0, 1))))));
#else
constexpr auto p = model(
    plate<"a">(plate<"b", 2>(plate<"c", 2>(plate<"d", 2>(plate<"e", 2>(x = ~normal(0, 1)))))));
#endif
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide()); }
