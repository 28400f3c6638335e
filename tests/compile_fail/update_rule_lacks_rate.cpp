// expect: an update rule lacks `schedule rate`, its learning rate by step; see "Add an optimizer" in docs/extending.md
// expect: mine
#include "an_update_rule.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
struct mine : rated, named, with_a_slot, checking, updating {};
#else
struct mine : named, with_a_slot, checking, updating {};
#endif
}  // namespace wrong

int main() { return static_cast<int>(wrong::options_with<wrong::mine>().epochs); }
