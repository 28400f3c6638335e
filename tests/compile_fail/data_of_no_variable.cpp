// expect: data(...) takes what each variable is bound to: data(x = images, y = labels)
// limit: 2500
#include "a_model.hpp"

int main() {
  auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q);
#ifdef VARIAD_FIXED
  vi.fit(variad::data(wrong::x = variad::npy("x.npy")));
#else
  vi.fit(variad::data(variad::npy("x.npy")));
#endif
}
