// expect: a discrete family, and no other, has all of `categories`, `category` and `set_category`; see "Add a family" in docs/extending.md
// expect: mine
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto z = latent<"z", 2>;
struct mine : families::normal {
  static constexpr std::string_view name = "mine";
#ifndef VARIAD_FIXED
  static constexpr family_traits traits{.values = support::real, .discrete = true};
#endif
};
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1)));
constexpr auto q = guide(plate<"row">(z = ~make_distribution<mine>(dense<2>(x), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
