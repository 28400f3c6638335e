// expect: a_parameter_is_a_positive_number
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 4>;
#ifdef VARIAD_FIXED
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
#else
constexpr auto p = model(plate<"row">(z = ~normal(0, -1), x = ~bernoulli(logits = dense<6>(z))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::mean_field(wrong::p));
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
