// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<wrong::mine, variad::named<'z'>
// expect: "the engine evaluates costs of
#include "an_estimator.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
constexpr probe_role role = probe_role::cost;
#else
constexpr probe_role role = probe_role::both;
#endif
struct mine : named, accepting, proposing, pulling_back {
  static constexpr probe_set probes(const latent_traits&) {
    return {.values = probe_set::kind::joint, .count = 2, .role = wrong::role};
  }
  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t row, std::size_t, T* out) const {
    std::copy_n(site.value(row).data(), site.value(row).size(), out);
  }
};
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine>(); }
