// expect: shapes do not fit: this op reads an image [height, width, channels]
// expect: found<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
constexpr auto x = observed<"x", 28, 28>;
constexpr auto z = latent<"z", 4>;
constexpr auto p =
    model(plate<"image">(z = ~normal(0, 1), x = ~normal(reshape<28, 28>(dense<784>(z)), 1)));
#ifdef VARIAD_FIXED
constexpr auto h = relu(conv2d<8>(reshape<28, 28, 1>(x), kernel_size<3>));
#else
constexpr auto h = relu(conv2d<8>(x, kernel_size<3>));
#endif
constexpr auto q = guide(plate<"image">(z = ~normal(dense<4>(h), 1)));
}  // namespace wrong

int main() { (void)variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
