// expect: the guide draws no latent of this name
// expect: guide_draws_no_such_latent<variad::named<'y'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  const auto rows = variad::data(wrong::x = variad::array<float>{});
#ifdef VARIAD_FIXED
  vi.posterior<"z">(rows);
#else
  vi.posterior<"y">(rows);
#endif
}
