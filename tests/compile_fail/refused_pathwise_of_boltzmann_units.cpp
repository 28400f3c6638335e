// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::pathwise, variad::named<'z', '1'>
// expect: "a discrete draw has no path"
// expect: "derivative"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2", 3>;
constexpr auto p = model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(),
                                      x = ~bernoulli(logits = dense<6>(z1, z2))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(
    plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)), z2 = ~bernoulli(logits = dense<3>(x, z1))));
#else
constexpr auto q = guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)).by(pathwise{}),
                                      z2 = ~bernoulli(logits = dense<3>(x, z1))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::iwae<2>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
