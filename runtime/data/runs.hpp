#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace variad::internals {

/// Calls f(first, last) for places in a list of rows whose rows follow each other in the data.
template <class F>
void for_each_run(std::span<const std::uint32_t> rows, F&& f) {
  // Most often all do. Without a branch, so that the compiler looks at a register at a time.
  std::uint32_t other = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    other |= rows[i] ^ (rows[0] + static_cast<std::uint32_t>(i));
  if (other == 0) return f(std::size_t{0}, rows.size());
  for (std::size_t first = 0, last; first < rows.size(); first = last) {
    last = first + 1;
    while (last < rows.size() && rows[last] == rows[first] + (last - first)) ++last;
    f(first, last);
  }
}

}  // namespace variad::internals
