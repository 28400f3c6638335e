// expect: a family has at most 3 parameters
// expect: mine
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto z = latent<"z", 2>;
struct mine : families::normal {
  static constexpr std::string_view name = "mine";
#ifndef VARIAD_FIXED
  static constexpr std::size_t parameter_count = 4;
  static constexpr std::array<parameter_rule, parameter_count> parameter_rules{};
#endif
};
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~make_distribution<mine>(z, 1)));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
