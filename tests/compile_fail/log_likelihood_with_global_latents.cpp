// expect: the data plate would need one of all data: use elbo<S>, and bound
// expect: weights_with_global_latents<variad::named<'w'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto w = latent<"w">;
constexpr auto p = model(w = ~normal(0, 1), plate<"row">(x = ~bernoulli(logits = w)));
constexpr auto q = guide(w = ~normal(0, 1));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  const auto rows = variad::data(wrong::x = variad::array<float>{});
#ifdef VARIAD_FIXED
  return vi.bound(rows).value > 0;
#else
  return vi.log_likelihood(rows, variad::samples(10)).value > 0;
#endif
}
