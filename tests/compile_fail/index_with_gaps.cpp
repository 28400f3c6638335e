// expect: takes rows by indices as they are, and an index has no gaps
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x">;
inline constexpr auto word = given<"word">;
#ifdef VARIAD_FIXED
constexpr auto row = take(param<4>(), word);
#else
constexpr auto row = take(param<4>(), filled(word, 0));
#endif
constexpr auto p = model(plate<"row">(x = ~normal(row, 1)));
}  // namespace wrong

int main() { (void)wrong::p; }
