// expect: an update rule lacks `static constexpr std::size_t slots`, the values it keeps per parameter; see "Add an optimizer" in docs/extending.md
// expect: mine
#include "an_update_rule.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
struct mine : rated, named, with_a_slot, checking, updating {};
#else
struct mine : rated, named, checking, updating {};
#endif
}  // namespace wrong

int main() { return static_cast<int>(wrong::options_with<wrong::mine>().epochs); }
