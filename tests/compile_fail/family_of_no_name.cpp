// expect: gaussian
// limit: 2000
// lines: 10
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
#else
constexpr auto p = model(plate<"row">(z = ~gaussian(0, 1), x = ~bernoulli(logits = dense<6>(z))));
#endif
constexpr auto q = guide(plate<"row">(z = ~normal(mean = dense<2>(x), scale = exp(dense<2>(x)))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 1});
}
