// expect: the network of this draw's estimator must give one number
// expect: network_does_not_fit<variad::named<'z'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(logits = 0), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto baseline = dense<1>(x);
#else
constexpr auto baseline = dense<2>(x);
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(nvil(baseline))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
