// expect: this op of it cannot be differentiated twice
// expect: surrogate_lacks_a_second_derivative<variad::internals::problem::in_statement<variad::named<'z'>
// expect: select
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 2>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~bernoulli(logits = 0), x = ~bernoulli(logits = dense<2>(z))));
#ifdef VARIAD_FIXED
constexpr auto surrogate = sum(select(x, drawn_value, square(drawn_value)));
#else
constexpr auto surrogate = sum(select(drawn_value, x, square(drawn_value)));
#endif
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<2>(x)).by(relax(surrogate))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
