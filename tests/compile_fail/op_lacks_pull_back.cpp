// expect: an op lacks `template <class T> void pull_back(const kernel_call<T>&) const`, or `.differentiable = false` in its traits; see "Add an op" in docs/extending.md
// expect: twice
#include "an_op.hpp"

namespace wrong {
#ifdef VARIAD_FIXED
struct twice : doubling, pulling_back {};
#else
struct twice : doubling {};
#endif
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
