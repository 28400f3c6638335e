// expect: an estimator lacks `static constexpr estimator_traits traits{.name = ...}`; see "Add an estimator" in docs/extending.md
// expect: named<'z'>
#include "an_estimator.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
struct mine : named, accepting, of_own_value, proposing, pulling_back {};
#else
struct mine : accepting, of_own_value, proposing, pulling_back {};
#endif
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine>(); }
