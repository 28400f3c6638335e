// expect: this family has no sampler: draw the variable from another one
// expect: cannot_be_drawn<variad::named<'y'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = latent<"y", 2>;
constexpr auto p = model(plate<"row">(y = ~flat(), x = ~bernoulli(logits = dense<6>(y))));
constexpr auto q = guide(plate<"row">(y = ~normal(0, 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifndef VARIAD_FIXED
  vi.generate<"x">(3);
#endif
}
