// expect: doubly_reparameterized is of iwae<K, S>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
#ifdef VARIAD_FIXED
using objective = doubly_reparameterized<renyi<4, 0.5>>;
#else
using objective = doubly_reparameterized<reweighted_wake_sleep<4>>;
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<wrong::objective>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
