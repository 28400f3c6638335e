// expect: infer takes a model and a guide
// expect: mean_field(p)
// limit: 2000
// lines: 10
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
}  // namespace wrong

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, mean_field(wrong::p));
#else
  auto vi = variad::infer<variad::elbo<1>>(wrong::p);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 1});
}
