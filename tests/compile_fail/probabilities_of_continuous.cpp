// expect: use summary<"name"> or posterior<"name">
// expect: not_discrete<variad::named<'z'>
// limit: 2000
// lines: 10
#include "a_model.hpp"

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  vi.summary<"z">(variad::data(wrong::x = variad::array<float>{}));
#else
  vi.probabilities<"z">(variad::data(wrong::x = variad::array<float>{}));
#endif
}
