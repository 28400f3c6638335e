// expect: an estimator whose network reads drawn_value lacks `void seed_network(const draw_site<Family, T>&) const`; see "Add an estimator" in docs/extending.md
// expect: named<'z'>
#include "an_estimator.hpp"

namespace wrong {
struct mine : named, accepting, of_own_value, proposing, pulling_back {
  decltype(dense<1>(drawn_value)) network = dense<1>(drawn_value);
#ifdef VARIAD_FIXED
  template <class Family, class T>
  void seed_network(const draw_site<Family, T>&) const {}
#endif
};
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine>(); }
