// expect: an op that shares the gradient of its parameters has all of `gradient_parts`, `gradient_part` and `bool add_gradient`; see "Add an op" in docs/extending.md
// expect: twice
#include "an_op.hpp"

namespace wrong {
struct twice : doubling, pulling_back {
#ifndef VARIAD_FIXED
  static std::size_t gradient_parts(std::span<const shape>) { return 1; }
  template <class T>
  static void add_gradient(const kernel_call<T>&, std::size_t, const gradient_places<T>&, bool) {}
#endif
};
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
