// expect: an update rule lacks `static constexpr std::string_view name`; see "Add an optimizer" in docs/extending.md
// expect: mine
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
struct mine {
  schedule rate = 1e-3;
#ifdef VARIAD_FIXED
  static constexpr std::string_view name = "mine";
#endif
  static constexpr std::size_t slots = 1;
  void check() const {}
  template <class T>
  void update(std::uint64_t, double rate_now, std::span<T> p, std::span<const T> g,
              std::array<T*, 1>) const {
    for (std::size_t i = 0; i < p.size(); ++i) p[i] += static_cast<T>(rate_now) * g[i];
  }
};
}  // namespace wrong

int main() {
  const variad::fit_options options{.epochs = 3, .optimizer = wrong::mine{}};
  return static_cast<int>(options.epochs);
}
