// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::enumerate, variad::named<'z'>
// expect: "the statistics of batch_norm"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto p = model(
    plate<"row">(z = ~bernoulli(logits = 0), x = ~bernoulli(logits = dense<6>(linear<3>(z)))));
#else
constexpr auto p = model(plate<"row">(z = ~bernoulli(logits = 0),
                                      x = ~bernoulli(logits = dense<6>(batch_norm(linear<3>(z))))));
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(enumerate{})));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
