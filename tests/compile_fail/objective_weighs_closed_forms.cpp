// expect: an objective with either says .closed_forms = false
#include "an_objective.hpp"

namespace wrong {
struct mine {
#ifdef VARIAD_FIXED
  static constexpr bool closed_forms = false;
#else
  static constexpr bool closed_forms = true;
#endif
  static constexpr objective_traits traits{
      .name = "mine", .importance = 3, .weighs_samples = true, .closed_forms = closed_forms};
  template <class Samples>
  static auto evaluate(const Samples& samples) {
    return log_mean(samples);
  }
};
}  // namespace wrong

int main() { wrong::fit_for<wrong::mine>(); }
