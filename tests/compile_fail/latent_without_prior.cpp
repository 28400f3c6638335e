// expect: this latent is drawn in the guide and has no prior: add `name = ~family(...)` to model(...)
// expect: latent_without_prior<variad::named<'y'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto y = latent<"y", 2>;
constexpr auto q =
    guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x)), y = ~normal(0, 1)));
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(z = ~categorical<3>(uniform), y = ~normal(0, 1),
                                      x = ~bernoulli(logits = dense<6>(z))));
#else
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
