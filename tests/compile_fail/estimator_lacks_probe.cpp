// expect: an estimator with joint probes lacks `void probe(const draw_site<Family, T>&, std::size_t row, std::size_t p, T* out) const`; see "Add an estimator" in docs/extending.md
// expect: named<'z'>
#include "an_estimator.hpp"

namespace wrong {
struct mine : named, accepting, proposing, pulling_back {
  static constexpr probe_set probes(const latent_traits&) {
    return {.values = probe_set::kind::joint, .count = 2};
  }
#ifdef VARIAD_FIXED
  template <class Family, class T>
  void probe(const draw_site<Family, T>&, std::size_t, std::size_t, T*) const {}
#endif
};
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine>(); }
