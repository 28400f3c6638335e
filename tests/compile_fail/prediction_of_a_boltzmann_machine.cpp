// expect: a Boltzmann machine draws this variable, and has no mean in closed form: use sample<"name">(n)
// expect: boltzmann_has_no_mean<variad::named<'x'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
constexpr auto p = model(plate<"row">(x = ~boltzmann()));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, variad::guide());
#ifdef VARIAD_FIXED
  vi.sample<"x">(1);
#else
  vi.predict<"x">(variad::data(wrong::x = variad::array<float>{}));
#endif
}
