// expect: x = npy("x.npy")
// expect: not_a_source<variad::named<'x'>
// limit: 2000
// lines: 10
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto y = observed<"y">;
inline constexpr auto z = latent<"z", 2>;
constexpr auto p = model(
    plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z)), y = ~normal(sum(z), 1)));
constexpr auto q = guide(plate<"row">(z = ~normal(mean = dense<2>(x), scale = exp(dense<2>(x)))));
}  // namespace wrong

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  vi.fit(variad::data(wrong::x = variad::npy("x.npy"), wrong::y = std::vector<double>{1, 2}));
  vi.fit(variad::data(wrong::x = variad::source(std::vector<double>(12), {2, 6}),
                      wrong::y = std::vector<double>{1, 2}));
#else
  vi.fit(variad::data(wrong::y = variad::npy("y.npy"), wrong::x = "x.npy"));
#endif
}
