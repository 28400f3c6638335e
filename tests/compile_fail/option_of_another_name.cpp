// expect: fit has no option of this name, or none that takes this value
// expect: .kl_weight .clip_norm
// limit: 2000
// lines: 10
#include "a_model.hpp"

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 3});
#else
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 3, .learning_rate = 1e-3});
#endif
}
