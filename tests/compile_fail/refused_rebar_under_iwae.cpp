// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<variad::rebar, variad::named<'y'>
// expect: "the objective has importance"
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = latent<"y", 2>;
constexpr auto p =
    model(plate<"row">(y = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(y))));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(y = ~categorical<3>(logits = dense<6>(x)).by(vimco{})));
#else
constexpr auto q = guide(plate<"row">(y = ~categorical<3>(logits = dense<6>(x)).by(rebar{})));
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::iwae<2>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
