// expect: says how many rows a plate has that takes its size from the data
// expect: unknown_group<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto county = given<"county">;
inline constexpr auto a = latent<"a">;
constexpr auto p =
    model(plate<"county">(a = ~normal(0, 1)), plate<"row">(x = ~normal(take(a, county), 1)));
constexpr auto q = guide(plate<"county">(a = ~normal(row_param<>(), 1)));
#ifdef VARIAD_FIXED
constexpr auto size = groups<"county">;
#else
constexpr auto size = groups<"conuty">;
#endif
}  // namespace wrong

int main() {
  using namespace wrong;
  auto vi = infer<elbo<1>>(p, q);
  const std::vector<double> xs{1, 2}, counties{0, 1};
  (void)vi.bound(data(x = xs, county = counties, size(2)), samples(2));
}
