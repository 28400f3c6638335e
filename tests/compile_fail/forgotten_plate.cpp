// expect: write the same plate<"name", size> around it in both
// expect: plates_differ<variad::named<'z'>
// limit: 2000
// lines: 10
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(z = ~normal(mean = dense<2>(x), scale = exp(dense<2>(x)))));
#else
constexpr auto q = guide(z = ~normal(mean = dense<2>(x), scale = exp(dense<2>(x))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 1});
}
