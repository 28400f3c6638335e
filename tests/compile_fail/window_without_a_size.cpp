// expect: options are written as kernel_size<3>, stride<2>, padding<1>
#include <variad/dsl/ops/conv2d.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace wrong {
constexpr auto x = variad::observed<"x", 28, 28, 1>;
}

int main() {
#ifdef VARIAD_FIXED
  (void)variad::conv2d<8>(wrong::x, variad::kernel_size<3>);
#else
  (void)variad::conv2d<8>(wrong::x, 3);
#endif
}
