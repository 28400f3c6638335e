// expect: one_hot<K>(v) is of indices in the data: declare them with given<"name">
#include "a_model.hpp"

namespace wrong {
inline constexpr auto group = given<"group">;
}

int main() {
  using namespace variad;
#ifdef VARIAD_FIXED
  const auto e = one_hot<4>(wrong::group);
#else
  const auto e = one_hot<4>(wrong::z);
#endif
  (void)e;
}
