// expect: an op with derivatives along a direction has both `forward_along` and `pull_back_along`, and `add_gradient_along` if it has `add_gradient`; see "Add an op" in docs/extending.md
// expect: twice
#include "an_op.hpp"

namespace wrong {
struct twice : doubling, pulling_back {
#ifndef VARIAD_FIXED
  template <class T>
  void forward_along(const kernel_call<T>& call) const {
    forward(*call.along);
  }
#endif
};
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
