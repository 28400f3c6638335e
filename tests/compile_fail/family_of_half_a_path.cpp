// expect: a family with a path has all of `noise_size`, `fill_noise`, `transform` and `transform_pull_back`; see "Add a family" in docs/extending.md
// expect: mine
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto z = latent<"z", 2>;
struct mine {
  static constexpr std::string_view name = "mine";
  static constexpr family_traits traits{.values = support::real};
  static constexpr std::size_t parameter_count = 2;
  static constexpr auto parameter_rules = families::normal::parameter_rules;
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }
  using log_prob = families::normal::log_prob;
  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    families::normal::sample(random, p, out, n);
  }
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    families::normal::score(value, p, seed, to, n);
  }
#ifndef VARIAD_FIXED
  static constexpr std::size_t noise_size(std::size_t n) { return n; }
#endif
};
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1)));
constexpr auto q = guide(plate<"row">(z = ~make_distribution<mine>(dense<2>(x), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
