// expect: known, known_row and filled are of data that may have gaps: declare the variable with
#include "a_model.hpp"

namespace wrong {
inline constexpr auto label = partly_observed<"label">;
}

int main() {
  using namespace variad;
#ifdef VARIAD_FIXED
  const auto mask = known(wrong::label);
#else
  const auto mask = known(wrong::z);
#endif
  (void)mask;
}
