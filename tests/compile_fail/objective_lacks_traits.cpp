// expect: an objective lacks `static constexpr objective_traits traits{...}`; see "Add an objective" in docs/extending.md
// expect: unsound_objective<wrong::mine
#include "an_objective.hpp"

namespace wrong {
struct mine {
#ifdef VARIAD_FIXED
  static constexpr objective_traits traits{.name = "mine"};
#endif
};
}  // namespace wrong

int main() { wrong::fit_for<wrong::mine>(); }
