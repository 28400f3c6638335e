// expect: infer<objective>(model, guide)
// limit: 2000
// lines: 10
#include "a_model.hpp"

int main() {
#ifdef VARIAD_FIXED
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#else
  auto vi = variad::infer<variad::elbo<1>>(wrong::q, wrong::p);
#endif
  vi.fit(variad::data(wrong::x = variad::array<float>{}), {.epochs = 1});
}
