// expect: an objective lacks `static constexpr objective_traits traits{...}`; see "Add an objective" in docs/extending.md
// expect: unsound_objective<wrong::mine
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
struct mine {
#ifdef VARIAD_FIXED
  static constexpr objective_traits traits{.name = "mine"};
#endif
};
constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
}  // namespace wrong

int main() {
  auto vi = variad::infer<wrong::mine>(wrong::p, wrong::q);
  vi.fit(variad::data(wrong::x = variad::array<float>{}));
}
