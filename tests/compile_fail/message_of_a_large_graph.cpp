// expect: this latent of the model is not drawn in the guide
// expect: latent_without_guide<variad::named<'y'>
// limit: 2500
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = latent<"y", 2>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto h0 = quantity<"h0">;
inline constexpr auto h1 = quantity<"h1">;
inline constexpr auto h2 = quantity<"h2">;
inline constexpr auto h3 = quantity<"h3">;
inline constexpr auto h4 = quantity<"h4">;
inline constexpr auto h5 = quantity<"h5">;
inline constexpr auto h6 = quantity<"h6">;
inline constexpr auto h7 = quantity<"h7">;
constexpr auto prior = y = ~normal(dense<2>(z), exp(dense<2>(z)));
constexpr auto likelihood = x = ~bernoulli(logits = dense<6>(h7));
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), prior, h0 = tanh(dense<8>(y)),
                                      h1 = tanh(dense<8>(h0) + h0), h2 = tanh(dense<8>(h1) + h1),
                                      h3 = tanh(dense<8>(h2) + h2), h4 = tanh(dense<8>(h3) + h3),
                                      h5 = tanh(dense<8>(h4) + h4), h6 = tanh(dense<8>(h5) + h5),
                                      h7 = tanh(dense<8>(h6) + h6), likelihood));
constexpr auto encoded = h0 = tanh(dense<8>(x));
#ifdef VARIAD_FIXED
constexpr auto drawn = y = ~normal(dense<2>(z), exp(dense<2>(z)));
#else
constexpr auto drawn = h7 = exp(dense<2>(z));
#endif
constexpr auto q =
    guide(plate<"row">(encoded, z = ~normal(dense<2>(h0), exp(dense<2>(h0))), drawn));
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
