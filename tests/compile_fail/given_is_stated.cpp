// expect: a given variable has a statement: declare it with observed<
// expect: given_is_stated<variad::named<'c'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto c = given<"c", 2>;
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
#ifdef VARIAD_FIXED
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z, c))));
#else
constexpr auto p = model(plate<"row">(z = ~categorical<3>(uniform), c = ~normal(0, 1),
                                      x = ~bernoulli(logits = dense<6>(z, c))));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.plan();
}
