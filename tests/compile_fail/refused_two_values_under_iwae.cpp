// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::dvae, variad::named<'z', '1'>
// expect: "prior and decoder read
// expect: one importance weight cannot
// expect: use elbo"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2", 2>;
constexpr auto p = model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(),
                                      x = ~bernoulli(logits = dense<6>(z1, z2))));
constexpr auto q = guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)).by(dvae{}),
                                      z2 = ~bernoulli(logits = dense<2>(x)).by(gumbolt{})));
#ifdef VARIAD_FIXED
using objective = elbo<5>;
#else
using objective = iwae<5>;
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<wrong::objective>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
