// expect: an estimator lacks `void pull_back(const draw_site<Family, T>&) const`; see "Add an estimator" in docs/extending.md
// expect: named<'z'>
#include "an_estimator.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
struct mine : named, accepting, of_own_value, proposing, pulling_back {};
#else
struct mine : named, accepting, of_own_value, proposing {};
#endif
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine>(); }
