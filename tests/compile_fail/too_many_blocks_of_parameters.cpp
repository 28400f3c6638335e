// expect: an op has at most 8 blocks of parameters
// expect: twice
#include "an_op.hpp"

namespace wrong {
struct twice : doubling, pulling_back {
#ifdef VARIAD_FIXED
  static constexpr std::size_t parameter_count = 8;
#else
  static constexpr std::size_t parameter_count = 9;
#endif
  static constexpr std::string_view parameter_name(std::size_t b) {
    return std::string_view("abcdefghi").substr(b, 1);
  }
  static constexpr shape parameter_shape(std::size_t, std::span<const shape> in) { return in[0]; }
  initializer initial(std::size_t) const { return constant(1); }
};
}  // namespace wrong

int main() { wrong::fit_with<wrong::twice>(); }
