// expect: it from a continuous family by pathwise, or use the objective without its path
// expect: latent_without_path<variad::named<'y'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = latent<"y", 2>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), y = ~categorical<3>(uniform),
                                      x = ~bernoulli(logits = dense<6>(y, z))));
constexpr auto q =
    guide(plate<"row">(z = ~normal(dense<2>(x), 1), y = ~categorical<3>(logits = dense<6>(x))));
#ifdef VARIAD_FIXED
using objective = iwae<2>;
#else
using objective = doubly_reparameterized<iwae<2>>;
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<wrong::objective>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
