// expect: a variable is called term or loss
// expect: name_of_the_language<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
#ifdef VARIAD_FIXED
inline constexpr auto h = quantity<"misfit">;
#else
inline constexpr auto h = quantity<"loss">;
#endif
constexpr auto p = model(plate<"row">(h = param<>(), x = ~normal(h, 1), loss(square(param<>()))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  (void)vi;
}
