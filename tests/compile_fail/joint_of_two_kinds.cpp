// expect: a joint statement names latents
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto a = latent<"a">;
#ifdef VARIAD_FIXED
inline constexpr auto b = latent<"b">;
#else
inline constexpr auto b = partly_observed<"b">;
#endif
constexpr auto q =
    guide(joint(a, b) = ~normal(mean = param<2>(), scale_tril = lower_cholesky(param<2, 2>())));
}  // namespace wrong

int main() { (void)wrong::q; }
