// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::dvae_plus_plus, variad::named<'z', '2'>
// expect: "its prior must read its draw
// expect: as a whole
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2", 2>;
constexpr auto p = model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(),
                                      x = ~bernoulli(logits = dense<6>(z1, z2))));
#ifdef VARIAD_FIXED
constexpr auto q =
    guide(plate<"row">(joint(z1, z2) = ~bernoulli(logits = dense<4>(x)).by(dvae_plus_plus{})));
#else
constexpr auto q =
    guide(plate<"row">(joint(z2, z1) = ~bernoulli(logits = dense<4>(x)).by(dvae_plus_plus{})));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
