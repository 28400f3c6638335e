// expect: a model is explained and not estimated
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto prior = bernoulli(logits = 0);
#else
constexpr auto prior = bernoulli(logits = 0).by(rebar{});
#endif
constexpr auto p = model(plate<"row">(z = ~prior, x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
