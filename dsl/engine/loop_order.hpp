#pragma once

#include <algorithm>

#include <variad/dsl/graph/axes.hpp>
#include <variad/dsl/graph/id.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

/// An operand of an elementwise call: the axes that its rows vary over, and its event.
struct loop_operand {
  axes rows = 0;
  shape event{};
};

/// The nested loops of an elementwise call, outermost first: what does not depend on how many rows
/// there are. Neighbours that every operand walks through evenly are joined to one. The innermost
/// is along the event, or along rows where the event is shorter than two registers.
struct loop_order {
  static constexpr std::size_t max_loops = max_axes + shape::max_rank;
  struct part {
    std::size_t at = 0;  ///< an axis of the rows, or one of the event, counted from the last
    bool of_event = false;
    bool joined = false;       ///< one loop with the part before
    std::uint32_t varies = 0;  ///< operands, a bit each
  };
  short_list<part, max_loops> parts{};

  /// Where the innermost loop begins; parts.size() where there is but one element.
  constexpr std::size_t inner() const {
    std::size_t i = parts.size();
    while (i > 0 && parts[i - 1].joined) --i;
    return i > 0 ? i - 1 : 0;
  }
};

/// The stride of event axis `back` (1 is the last) of an operand.
constexpr std::size_t event_stride(const shape& event, std::size_t back) {
  const int b = static_cast<int>(back);
  if (b > event.rank || event[-b] == 1) return 0;
  std::size_t stride = 1;
  for (int i = 1; i < b; ++i) stride *= static_cast<std::size_t>(event[-i]);
  return stride;
}

/// The loops of a call over `domain`. Of the operands the last is the output, which varies over all
/// rows; axes of `alone` have one row however the program is run.
template <class T, class Operands>
constexpr loop_order order_loops(const Operands& operands, std::size_t count, const shape& domain,
                                 axes alone) {
  loop_order order;
  const auto push = [&](loop_order::part p) {
    if (order.parts.size() > 0) {
      const loop_order::part& before = order.parts[order.parts.size() - 1];
      p.joined = before.varies == p.varies;
    }
    order.parts.push_back(p);
  };
  for (std::size_t a = 0; a < max_axes; ++a) {
    if (!varies_over(operands[count - 1].rows & ~alone, a)) continue;
    loop_order::part p{a};
    for (std::size_t o = 0; o < count; ++o)
      if (varies_over(operands[o].rows, a)) p.varies |= 1u << o;
    push(p);
  }
  for (int back = domain.rank; back >= 1; --back) {
    if (domain[-back] == 1) continue;
    loop_order::part p{static_cast<std::size_t>(back), true};
    for (std::size_t o = 0; o < count; ++o)
      if (event_stride(operands[o].event, p.at) != 0) p.varies |= 1u << o;
    push(p);
  }
  // Loops of the event alone, and how long they are together.
  const std::size_t n = order.parts.size();
  std::size_t begin = n, size = 1;
  while (begin > 0 && order.parts[begin - 1].of_event) --begin;
  while (begin < n && begin > 0 && order.parts[begin].joined) ++begin;
  for (std::size_t i = begin; i < n; ++i)
    size *= static_cast<std::size_t>(domain[-static_cast<int>(order.parts[i].at)]);
  if (begin == 0 || begin == n || size >= 2 * lanes<T>) return order;
  std::size_t first = begin - 1;
  while (order.parts[first].joined) --first;
  loop_order turned;
  for (std::size_t i = 0; i < first; ++i) turned.parts.push_back(order.parts[i]);
  for (std::size_t i = begin; i < n; ++i) turned.parts.push_back(order.parts[i]);
  for (std::size_t i = first; i < begin; ++i) turned.parts.push_back(order.parts[i]);
  return turned;
}

/// How an operand moves from one lane of the innermost loop to the next.
enum class lane_step : std::uint32_t { any, none, one, more };

/// That of each operand, where it is known at compile time.
struct lane_steps {
  std::uint32_t bits = 0;
  bool single = false;  ///< there is one element and no loop

  constexpr lane_step operator[](std::size_t o) const {
    return static_cast<lane_step>(bits >> (2 * o) & 3u);
  }
};

/// The lane steps of these loops.
template <class Operands>
constexpr lane_steps steps_of(const loop_order& order, const Operands& operands,
                              std::size_t count) {
  lane_steps steps;
  const std::size_t n = order.parts.size();
  steps.single = n == 0;
  for (std::size_t o = 0; o < count; ++o) {
    lane_step s = lane_step::none;
    if (n > 0 && (order.parts[n - 1].varies >> o & 1u) != 0) {
      const loop_order::part& p = order.parts[n - 1];
      const std::size_t stride = p.of_event ? event_stride(operands[o].event, p.at)
                                            : static_cast<std::size_t>(operands[o].event.size());
      s = stride == 1 ? lane_step::one : lane_step::more;
    }
    steps.bits |= static_cast<std::uint32_t>(s) << (2 * o);
  }
  return steps;
}

}  // namespace variad::internals
