// expect: a joint statement is a draw: `joint(a, b) = ~family(...)`
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto u = latent<"u", 2>;
inline constexpr auto v = latent<"v", 2>;
constexpr auto p = model(
    plate<"row">(u = ~normal(0, 1), v = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(u, v))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(joint(u, v) = ~normal(dense<4>(x), 1)));
#else
constexpr auto q = guide(plate<"row">(joint(u, v) = normal(dense<4>(x), 1)));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
