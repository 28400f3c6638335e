// expect: an op with parameters has all of `parameter_count`, `parameter_name(block)`, `parameter_shape(block, inputs)` and `initial(block)`; see "Add an op" in docs/extending.md
// expect: twice
#include "an_op.hpp"

namespace wrong {
struct twice : doubling, pulling_back {
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::string_view parameter_name(std::size_t) { return "weight"; }
  static constexpr shape parameter_shape(std::size_t, std::span<const shape> in) { return in[0]; }
#ifdef VARIAD_FIXED
  initializer initial(std::size_t) const { return constant(1); }
#endif
};
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
