// expect: a family has at most 3 parameters
// expect: mine
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto z = latent<"z", 2>;
struct mine {
  static constexpr std::string_view name = "mine";
  static constexpr family_traits traits{.values = support::real};
#ifdef VARIAD_FIXED
  static constexpr std::size_t parameter_count = 2;
#else
  static constexpr std::size_t parameter_count = 4;
#endif
  static constexpr std::array<parameter_rule, parameter_count> parameter_rules{};
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }
  using log_prob = families::normal::log_prob;
  template <class T>
  static void score(const T*, const parameter_rows<T>&, T, const adjoint_rows<T>&, std::size_t) {}
};
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~make_distribution<mine>(z, 1)));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
