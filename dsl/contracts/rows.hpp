#pragma once

#include <array>

#include <variad/dsl/graph/axes.hpp>

namespace variad::internals {

using axis_extents = std::array<std::size_t, max_axes>;

/// The rows over a set of axes: extents, and steps from one to the next along each, of rows of some
/// values each; 0 where they do not vary.
struct row_layout {
  axis_extents extent{};
  axis_extents step{};
  std::size_t rows = 1;
};

constexpr row_layout layout_of(axes a, const axis_extents& all, std::size_t size = 1) {
  row_layout l;
  std::size_t stride = size;
  for (std::size_t i = max_axes; i-- > 0;) {
    const bool has = varies_over(a, i);
    l.extent[i] = has ? all[i] : 1;
    l.step[i] = has ? stride : 0;
    stride *= l.extent[i];
  }
  l.rows = stride / size;
  return l;
}

/// The place of a row along an axis, of rows over these extents.
constexpr std::size_t place_along(std::size_t axis, const axis_extents& extent, std::size_t row) {
  for (std::size_t a = max_axes; --a > axis;) row /= extent[a];
  return row % extent[axis];
}
/// Where a row lies by these steps.
constexpr std::size_t offset_of(std::size_t row, const axis_extents& extent,
                                const axis_extents& step) {
  std::size_t at = 0;
  for (std::size_t a = max_axes; a-- > 0;) {
    if (extent[a] <= 1) continue;
    at += row % extent[a] * step[a];
    row /= extent[a];
  }
  return at;
}

/// Walks through nested loops of these extents, the last one innermost, and calls f(row, at) for
/// each pass, where at[i] is where operand i lies: it moves by step(i, l) along loop l.
template <std::size_t Operands, std::size_t Loops, class Step, class F>
void walk(const std::array<std::size_t, Loops>& extent, std::size_t loops, std::size_t operands,
          Step&& step, F&& f) {
  for (std::size_t l = 0; l < loops; ++l)
    if (extent[l] == 0) return;
  std::array<std::size_t, Operands> at{};
  std::array<std::size_t, Loops> index{};
  for (std::size_t row = 0;; ++row) {
    f(row, at);
    std::size_t left = loops;
    for (; left > 0; --left) {
      const std::size_t l = left - 1;
      if (extent[l] == 1) continue;
      if (++index[l] < extent[l]) {
        for (std::size_t i = 0; i < operands; ++i) at[i] += step(i, l);
        break;
      }
      index[l] = 0;
      for (std::size_t i = 0; i < operands; ++i) at[i] -= step(i, l) * (extent[l] - 1);
    }
    if (left == 0) return;
  }
}
/// Walks through rows, where steps[i] are those of operand i along the axes.
template <std::size_t Operands, class F>
void walk(const axis_extents& extent, const std::array<axis_extents, Operands>& steps, F&& f) {
  walk<Operands>(
      extent, max_axes, Operands, [&](std::size_t i, std::size_t a) { return steps[i][a]; }, f);
}

}  // namespace variad::internals
