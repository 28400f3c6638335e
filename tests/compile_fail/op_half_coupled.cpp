// expect: an op that couples the rows of a batch has all of `partial_size`, `gather`, `join`, `merge`, `gather_back`, `merge_back` and `state<T>`; see "Add an op" in docs/extending.md
// expect: twice
#include "an_op.hpp"

namespace wrong {
struct twice : doubling, pulling_back {
#ifndef VARIAD_FIXED
  static std::size_t partial_size(const shape&) { return 1; }
  template <class T>
  static void gather(const kernel_call<T>&) {}
#endif
};
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
