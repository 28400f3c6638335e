// expect: log_z<"name"> is of a latent whose prior is a Boltzmann machine
// expect: no_boltzmann_prior<variad::named<'z'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 4>;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(z = ~boltzmann(), x = ~bernoulli(logits = dense<6>(z))));
#else
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(logits = 0), x = ~bernoulli(logits = dense<6>(z))));
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<4>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.log_z<"z">(variad::exact_sum{});
}
