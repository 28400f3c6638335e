// expect: refuses this latent, for the reason in because<...>
// expect: estimator_refuses<wrong::mine, variad::named<'z'>
// expect: "only replicates cure it"
#include "an_estimator.hpp"

namespace wrong {
struct mine : named, of_own_value, proposing, pulling_back {
  static constexpr verdict accepts(const latent_traits& t) {
    return {t.replicates > 1, "only replicates cure it"};
  }
};
#ifdef VARIAD_FIXED
using objective = elbo<2>;
#else
using objective = elbo<1>;
#endif
}  // namespace wrong

int main() { wrong::fit_by<wrong::mine, wrong::objective>(); }
