// expect: lacks a variable that the model or the guide reads
// expect: data_lacks<variad::named<'x'>
// limit: 2000
// lines: 10
#include "a_model.hpp"

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  std::cout << vi.summary(variad::data(wrong::x = variad::array<float>{}));
#else
  std::cout << vi.summary();
#endif
}
