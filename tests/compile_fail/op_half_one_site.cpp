// expect: an op with `one_site_rows` has `one_site_update`, too; see "Add an op" in docs/extending.md
// expect: twice
#include "an_op.hpp"

namespace wrong {
struct twice : doubling, pulling_back {
#ifndef VARIAD_FIXED
  template <class T>
  static const T* one_site_rows(const kernel_call<T>& call) {
    return call.inputs[0].value;
  }
#endif
};
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
