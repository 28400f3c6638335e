// expect: this name is used before it is stated: move its statement up
// expect: used_before_it_is_stated<variad::named<'h'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto h = quantity<"h">;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto q =
    guide(plate<"row">(h = tanh(dense<4>(x)), z = ~categorical<3>(logits = dense<6>(h))));
#else
constexpr auto q =
    guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(h)), h = tanh(dense<4>(x))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
