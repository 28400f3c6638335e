// expect: weigh_samples
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
struct mine {
#ifdef VARIAD_FIXED
  static constexpr objective_traits traits{
      .name = "mine", .weighs_samples = true, .closed_forms = false};
#else
  static constexpr objective_traits traits{
      .name = "mine", .weigh_samples = true, .closed_forms = false};
#endif
};
}  // namespace wrong

int main() { return wrong::mine::traits.replicates - 1; }
