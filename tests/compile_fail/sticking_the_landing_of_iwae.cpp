// expect: sticking_the_landing is of elbo<S>: use doubly_reparameterized<iwae<K, S>>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
#ifdef VARIAD_FIXED
using objective = sticking_the_landing<elbo<2>>;
#else
using objective = sticking_the_landing<iwae<2>>;
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<wrong::objective>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
