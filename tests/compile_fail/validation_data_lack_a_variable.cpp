// expect: data(...) lacks a variable that the model or the guide reads: bind each observed and given variable
// expect: data_lacks<variad::named<'x'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p =
    model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  const auto rows = variad::data(wrong::x = variad::array<float>{});
#ifdef VARIAD_FIXED
  vi.fit(rows, rows);
#else
  vi.fit(rows, variad::data());
#endif
}
