// expect: an op takes at most 8 inputs: put some of them together first, as concat(concat(a, b), c)
// expect: too_many_inputs<variad::internals::problem::in_statement<variad::named<'x'>
// expect: concat
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 18>;
inline constexpr auto z = latent<"z", 2>;
#ifdef VARIAD_FIXED
constexpr auto all = concat(concat(z, z), concat(z, z, z, z, z, z, z));
#else
constexpr auto all = concat(z, z, z, z, z, z, z, z, z);
#endif
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(all, 1)));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
