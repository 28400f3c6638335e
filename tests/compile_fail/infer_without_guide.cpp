// expect: infer takes a model and a guide
// expect: mean_field(p)
// limit: 2000
// lines: 10
#include "a_model.hpp"

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, mean_field(wrong::p));
#else
  auto vi = variad::infer<variad::elbo<1>>(wrong::p);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 1});
}
