// expect: a layer that is shared under one name has other parameters in this statement
// expect: shared_layers_differ<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = given<"x", 6>;
inline constexpr auto y = observed<"y", 4>;
inline constexpr auto z = observed<"z", 6>;
inline constexpr auto h = quantity<"h">;
#ifdef VARIAD_FIXED
constexpr auto second = shared<"embed">(dense<6>(x));
#else
constexpr auto second = shared<"embed">(dense<6>(y));
#endif
constexpr auto p = model(
    plate<"row">(y = ~normal(0, 1), h = shared<"embed">(dense<6>(x)), z = ~normal(h + second, 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
  (void)vi;
}
