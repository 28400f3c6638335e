// expect: an estimator whose network reads drawn_value lacks `void seed_network(const draw_site<Family, T>&) const`; see "Add an estimator" in docs/extending.md
// expect: name<'z'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
struct mine {
  static constexpr estimator_traits traits{.name = "mine"};
  decltype(dense<1>(drawn_value)) network = dense<1>(drawn_value);
#ifdef VARIAD_FIXED
  template <class Family, class T>
  void seed_network(const draw_site<Family, T>&) const {}
#endif
  static constexpr verdict accepts(const latent_traits&) { return {true, "any"}; }
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
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
