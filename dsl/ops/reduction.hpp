#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {

namespace internals {

template <int I>
struct axis_tag {};

}  // namespace internals

/// Names an axis of an event, from the end where it is negative: `sum(x, axis<-1>)`.
template <int I>
inline constexpr internals::axis_tag<I> axis{};

namespace ops {

/// Stands for all axes of an event.
inline constexpr int all_axes = 1 << 10;

/// An op that reduces one axis of the event, or all of them. The event is seen as
/// [outer, reduced, inner].
template <int Axis>
struct reduction {
  static constexpr int position(const shape& s) { return Axis < 0 ? s.rank + Axis : Axis; }

  static constexpr shape event(std::span<const shape> in) {
    if (Axis == all_axes) return shape_of();
    const int at = position(in[0]);
    if (at < 0 || at >= in[0].rank) return shape::invalid();
    shape out;
    for (int i = 0; i < in[0].rank; ++i)
      if (i != at) out = out.with(in[0][i]);
    return out;
  }

  struct extents {
    std::size_t outer = 1, reduced = 1, inner = 1;
  };
  static constexpr extents split(const shape& s) {
    extents e;
    for (int i = 0; i < s.rank; ++i) {
      const auto n = static_cast<std::size_t>(s[i]);
      if (Axis == all_axes || i == position(s)) {
        e.reduced *= n;
      } else if (i < position(s)) {
        e.outer *= n;
      } else {
        e.inner *= n;
      }
    }
    return e;
  }

  /// Calls f(input offset, output offset, reduced extent, stride) for every reduced group.
  template <class T, class F>
  static void for_each_group(const kernel_call<T>& call, F&& f) {
    const extents e = split(call.inputs[0].event);
    for (std::size_t o = 0; o < call.rows * e.outer; ++o)
      for (std::size_t i = 0; i < e.inner; ++i)
        f(o * e.reduced * e.inner + i, o * e.inner + i, e.reduced, e.inner);
  }
};

}  // namespace ops
}  // namespace variad
