// expect: data(...) binds a variable that is drawn here: declare it observed or partly_observed
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;

constexpr auto label = partly_observed<"label">;
constexpr auto u = given<"u">;
constexpr auto x = observed<"x">;
constexpr auto p = model(plate<"row">(label = ~categorical<3>(logits = dense<3>(u)),
                                      x = ~normal(sum(dense<1>(label)), 1)));
constexpr auto q = guide(plate<"row">(label = ~categorical<3>(logits = dense<3>(x))));
}  // namespace wrong

int main() {
  using namespace wrong;
  auto vi = infer<elbo<1>>(p, q);
#ifdef VARIAD_FIXED
  (void)vi.prior_sample<"x">(data(u = std::vector<float>{0, 1, 2}));
#else
  (void)vi.prior_sample<"x">(
      data(u = std::vector<float>{0, 1, 2}, label = std::vector<int>{0, 1, 2}));
#endif
}
