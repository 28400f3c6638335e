// expect: a term is of the log joint: write term(...) in model(...); loss(...) may stand in a guide
#include "a_model.hpp"

int main() {
  using namespace variad;
#ifdef VARIAD_FIXED
  const auto q = guide(plate<"row">(loss(square(param<>()))));
#else
  const auto q = guide(plate<"row">(term(-square(param<>()))));
#endif
  (void)q;
}
