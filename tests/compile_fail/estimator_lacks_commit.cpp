// expect: an estimator with `state` lacks `void commit(std::span<T> state, std::span<const T> update) const`; see "Add an estimator" in docs/extending.md
// expect: named<'z'>
#include "an_estimator.hpp"

namespace wrong {
struct mine : named, accepting, of_own_value, proposing, pulling_back {
  static constexpr std::size_t state(const latent_traits&) { return 1; }
#ifdef VARIAD_FIXED
  template <class T>
  void commit(std::span<T>, std::span<const T>) const {}
#endif
};
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine>(); }
