// expect: at most 3 latents of a program are summed by enumerate: tell this one another estimator
// expect: too_many_enumerated<variad::named<'d'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto a = latent<"a">;
inline constexpr auto b = latent<"b">;
inline constexpr auto c = latent<"c">;
inline constexpr auto d = latent<"d">;
constexpr auto coin = bernoulli(probs = 0.5);
constexpr auto summed = coin.by(enumerate{});
constexpr auto p = model(plate<"row">(a = ~coin, b = ~coin, c = ~coin, d = ~coin,
                                      x = ~bernoulli(logits = dense<6>(a, b, c, d))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(a = ~summed, b = ~summed, c = ~summed, d = ~coin));
#else
constexpr auto q = guide(plate<"row">(a = ~summed, b = ~summed, c = ~summed, d = ~summed));
#endif
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
