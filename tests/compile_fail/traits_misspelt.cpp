// expect: sourse
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
struct mine {
#ifdef VARIAD_FIXED
  static constexpr estimator_traits traits{.name = "mine", .source = "a paper"};
#else
  static constexpr estimator_traits traits{.name = "mine", .sourse = "a paper"};
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
}  // namespace wrong

int main() {}
