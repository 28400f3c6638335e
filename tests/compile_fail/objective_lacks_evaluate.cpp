// expect: an objective that weighs samples lacks `template <class Samples> static auto evaluate(const Samples&)`
// expect: unsound_objective<wrong::mine
#include "an_objective.hpp"

namespace wrong {
struct mine {
  static constexpr objective_traits traits{
      .name = "mine", .importance = 3, .weighs_samples = true, .closed_forms = false};
#ifdef VARIAD_FIXED
  template <class Samples>
  static auto evaluate(const Samples& samples) {
    return log_mean(samples);
  }
#endif
};
}  // namespace wrong

int main() { wrong::fit_for<wrong::mine>(); }
