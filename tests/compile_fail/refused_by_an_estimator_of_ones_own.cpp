// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<wrong::mine, variad::name<'z'>
// expect: "only replicates cure it"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
struct mine {
  static constexpr estimator_traits traits{.name = "mine", .bias = bias_class::biased};
  static constexpr verdict accepts(const latent_traits& t) {
    return {t.replicates > 1, "only replicates cure it"};
  }
  static constexpr probe_set probes(const latent_traits&) { return {}; }
  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>&) const {}
};
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x)).by(mine{})));
}  // namespace wrong

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<2>>(wrong::p, wrong::q);
#else
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
