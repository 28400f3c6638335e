// expect: a Boltzmann machine draws this variable, and has no mean in closed form: use sample<"name">(n)
// expect: boltzmann_has_no_mean<variad::named<'z'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 4>;
constexpr auto p = model(plate<"row">(z = ~boltzmann(), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<4>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  vi.sample<"z">(1);
#else
  vi.generate<"z">(1);
#endif
}
