// expect: a layer that is shared stands in the network of an estimator
// expect: shared_layer_in_network<
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 4>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto baseline = dense<1>(x);
#else
constexpr auto baseline = shared<"head">(dense<1>(x));
#endif
constexpr auto p = model(plate<"row">(z = ~bernoulli(logits = 0), x = ~normal(dense<4>(z), 1)));
constexpr auto q =
    guide(plate<"row">(z = ~bernoulli(logits = shared<"head">(dense<1>(x))).by(nvil(baseline))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  (void)vi;
}
