// expect: a_probability_lies_between_0_and_1
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 4>;
#ifdef VARIAD_FIXED
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(probs = 0.5), x = ~bernoulli(logits = dense<6>(z))));
#else
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(probs = 1.5), x = ~bernoulli(logits = dense<6>(z))));
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<4>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
