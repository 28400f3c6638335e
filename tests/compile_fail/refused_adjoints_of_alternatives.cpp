// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<wrong::mine, variad::name<'z'>
// expect: "the engine evaluates costs of
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr probe_role role = probe_role::cost;
#else
constexpr probe_role role = probe_role::both;
#endif
struct mine {
  static constexpr estimator_traits traits{.name = "mine", .bias = bias_class::biased};
  static constexpr verdict accepts(const latent_traits&) { return {true, "anything"}; }
  static constexpr probe_set probes(const latent_traits&) {
    return {.values = probe_set::kind::joint, .count = 2, .role = wrong::role};
  }
  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }
  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t row, std::size_t, T* out) const {
    std::copy_n(site.value(row).data(), site.value(row).size(), out);
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>&) const {}
};
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x)).by(mine{})));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
