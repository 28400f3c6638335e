// expect: an update rule lacks `void update(std::uint64_t step, double learning_rate, std::span<T> parameters, std::span<const T> gradient, std::array<T*, slots> state) const` for T float and double; see "Add an optimizer" in docs/extending.md
// expect: mine
#include "an_update_rule.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
struct mine : rated, named, with_a_slot, checking, updating {};
#else
struct mine : rated, named, with_a_slot, checking {};
#endif
}  // namespace wrong

int main() { return static_cast<int>(wrong::options_with<wrong::mine>().epochs); }
