// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::pathwise, variad::named<'z'>
// expect: "a discrete draw has no path"
// expect: "derivative"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
#else
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x)).by(pathwise{})));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
