// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::local_expectation, variad::named<'z'>
// expect: "batch_norm downstream divides"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto u = given<"u", 3>;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(
    z = ~bernoulli(uniform), x = ~bernoulli(logits = dense<6>(batch_norm(linear<4>(z, u))))));
#else
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(uniform),
                       x = ~bernoulli(logits = dense<6>(batch_norm(linear<4>(z))) + linear<6>(u))));
#endif
constexpr auto q =
    guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(local_expectation{})));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}, wrong::u = variad::array<float>{}));
}
