// expect: log_prob takes a distribution, without `~`, and a value: log_prob(normal(m, 1), y)
#include "a_model.hpp"

int main() {
  using namespace variad;
#ifdef VARIAD_FIXED
  const auto e = log_prob(normal(0, 1), wrong::z);
#else
  const auto e = log_prob(~normal(0, 1), wrong::z);
#endif
  (void)e;
}
