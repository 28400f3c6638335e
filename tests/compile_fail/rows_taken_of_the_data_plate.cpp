// expect: take(e, index) takes rows of the plate whose rows make batches
// expect: take_from_data_plate<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto y = observed<"y", 2>;
inline constexpr auto nearest = given<"nearest">;
inline constexpr auto a = latent<"a">;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(plate<"site", 3>(a = ~normal(0, 1)),
                                      x = ~normal(take(a, nearest), 1), y = ~normal(0, 1)));
#else
constexpr auto p = model(plate<"row">(plate<"site", 3>(a = ~normal(0, 1)), x = ~normal(0, 1)),
                         y = ~normal(take(a, nearest), 1));
#endif
constexpr auto q = guide(plate<"row">(plate<"site", 3>(a = ~normal(0, 1))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  (void)vi;
}
