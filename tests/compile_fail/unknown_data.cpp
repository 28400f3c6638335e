// expect: data(...) binds a variable that neither the model nor the guide reads: drop it, or use it
// expect: unknown_data<variad::named<'e', 'x', 't', 'r', 'a'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto e = observed<"extra">;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
#else
  vi.fit(variad::data(wrong::x = variad::array<float>{}, wrong::e = variad::array<float>{}));
#endif
}
