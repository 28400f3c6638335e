// expect: write the same plate<"name", size> around it in both
// expect: plates_differ<variad::named<'r', 'o', 'w'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
#else
constexpr auto q = guide(plate<"row", 7>(z = ~categorical<3>(logits = dense<6>(x))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
