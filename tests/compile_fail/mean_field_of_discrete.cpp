// expect: this latent of the model is not drawn in the guide: add `name = ~family(...)` to guide(...)
// expect: latent_without_guide<variad::named<'k'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto y = observed<"y">;
#ifdef VARIAD_FIXED
inline constexpr auto k = latent<"k">;
constexpr auto p = model(plate<"row">(k = ~normal(0, 1), y = ~normal(k, 1)));
#else
inline constexpr auto k = latent<"k", 2>;
constexpr auto p = model(plate<"row">(k = ~categorical<3>(uniform), y = ~normal(sum(k), 1)));
#endif
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, mean_field(wrong::p)); }
