// expect: a layer maps the last axis of an event: write axis<-1>
#include "a_model.hpp"

int main() {
  using namespace variad;
#ifdef VARIAD_FIXED
  const auto e = dense<4>(wrong::x, axis<-1>);
#else
  const auto e = dense<4>(wrong::x, axis<0>);
#endif
  (void)e;
}
