// expect: this statement, or the network of its estimator, reads what varies over the rows of a
// expect: reads_another_plate<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto y = observed<"y">;
inline constexpr auto county = given<"county">;
inline constexpr auto a = latent<"a">;
inline constexpr auto mean_of_row = quantity<"mean_of_row">;
constexpr auto q = guide(plate<"county">(a = ~normal(row_param<>(), 1)));
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"county">(a = ~normal(0, 1)),
                         plate<"row">(mean_of_row = take(a, county), x = ~normal(mean_of_row, 1)));
#else
constexpr auto p = model(plate<"county">(a = ~normal(0, 1)),
                         plate<"row">(mean_of_row = take(a, county), x = ~normal(mean_of_row, 1)),
                         y = ~normal(take(a, county), 1));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  (void)vi;
}
