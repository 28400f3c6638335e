#pragma once

#include <algorithm>
#include <cstddef>

namespace variad::internals {

/// Values of a buffer, from `first` on and before `last`.
struct share {
  std::size_t first = 0, last = 0;
  [[nodiscard]] constexpr std::size_t size() const { return last - first; }
};

/// What task t of `tasks` takes of `size` values, in cache lines of 16 floats. A buffer that is
/// always cut for as many tasks as there are threads mostly stays in the caches of the same ones.
constexpr share share_of(std::size_t size, std::size_t t, std::size_t tasks) {
  const std::size_t lines = (size + 15) / 16;
  return {std::min(size, lines * t / tasks * 16), std::min(size, lines * (t + 1) / tasks * 16)};
}

}  // namespace variad::internals
