// expect: the variables of this family depend on each other, and it has no marginals
// expect: gaps_cannot_be_left_out<variad::named<'z'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto z = partly_observed<"z", 3>;
constexpr auto p = model(plate<"row">(z = ~boltzmann()));
#ifdef VARIAD_FIXED
constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = param<3>())));
#else
constexpr auto q = guide();
#endif
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::z = variad::array<float>{{1.0f, 0.0f, 1.0f}}));
}
