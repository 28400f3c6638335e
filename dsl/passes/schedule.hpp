#pragma once

#include <variad/dsl/passes/assign_axes.hpp>

namespace variad {

/// One evaluation in the schedule: a draw, an op, or a fused chain of elementwise ops.
struct step {
  int node = -1;                                 ///< what it computes
  bool global = false;                           ///< once a step, not once per shard
  int members = 0;                               ///< ops in its chain; 0 if it is not elementwise
  std::array<std::int16_t, 24> member{};         ///< in the order of evaluation; the last is node
  int inputs = 0;                                ///< buffers that it reads
  std::array<std::int16_t, max_inputs> input{};  ///< their nodes
};

/// The order of evaluation: forward as listed, global steps first; backward in reverse.
template <std::size_t N>
struct step_list {
  std::array<step, N> steps{};
  int count = 0;
  constexpr const step& operator[](int i) const { return steps[static_cast<std::size_t>(i)]; }
};

namespace detail {

/// The one active consumer of a node, or −1 where there are none or several.
template <std::size_t N>
constexpr std::array<int, N> only_consumers(const graph<N>& g) {
  std::array<int, N> consumer{};
  consumer.fill(-2);
  for (int i = 0; i < g.tokens + g.latent_count; ++i)
    if (g[i].active && g[i].what != role::nothing)
      for (int j = 0; j < g[i].inputs; ++j) {
        int& c = consumer[static_cast<std::size_t>(g.input(i, j))];
        c = c == -2 ? i : -1;
      }
  return consumer;
}

/// The buffers that a chain of these members reads.
template <std::size_t N>
constexpr bool collect_inputs(const graph<N>& g, step& s) {
  s.inputs = 0;
  for (int m = 0; m < s.members; ++m) {
    const int i = s.member[static_cast<std::size_t>(m)];
    for (int j = 0; j < g[i].inputs; ++j) {
      const int in = g.input(i, j);
      bool known = false;
      for (int k = 0; k < s.members; ++k)
        known = known || s.member[static_cast<std::size_t>(k)] == in;
      for (int k = 0; k < s.inputs; ++k)
        known = known || s.input[static_cast<std::size_t>(k)] == in;
      if (known) continue;
      if (s.inputs == static_cast<int>(max_inputs)) return false;
      s.input[static_cast<std::size_t>(s.inputs++)] = static_cast<std::int16_t>(in);
    }
  }
  return true;
}

/// Puts the members of `other` before the last of `into`, if the chain stays within its limits.
template <std::size_t N>
constexpr bool absorb(const graph<N>& g, step& into, const step& other) {
  step joined = into;
  if (into.members + other.members > static_cast<int>(into.member.size())) return false;
  joined.members = 0;
  for (int m = 0; m < other.members; ++m)
    joined.member[static_cast<std::size_t>(joined.members++)] =
        other.member[static_cast<std::size_t>(m)];
  for (int m = 0; m < into.members; ++m)
    joined.member[static_cast<std::size_t>(joined.members++)] =
        into.member[static_cast<std::size_t>(m)];
  if (!collect_inputs(g, joined)) return false;
  into = joined;
  return true;
}

}  // namespace detail

/// The sixth and the eighth pass. An elementwise op whose one consumer is elementwise over the same
/// axes and event joins its consumer's chain: one SIMD loop forward, one backward, no buffer
/// between. `keep_parameters` leaves the parameters of observed densities in buffers of their own,
/// for programs that read them. `guide_first` evaluates all of the guide, the terms log q too,
/// before the model, so that the way back leaves the model before it enters the guide. Of a
/// surrogate, what does not vary with the value of the draw comes before the draw, so that the way
/// back finds its adjoints after those that the draw has made.
template <std::size_t N>
constexpr step_list<N> make_schedule(const graph<N>& g, bool keep_parameters, bool guide_first) {
  const std::array<int, N> consumer = detail::only_consumers(g);
  std::array<step, N> chain{};
  std::array<bool, N> absorbed{};
  const int all = g.tokens + g.latent_count;
  const auto fill = [&](int i) {
    step& s = chain[static_cast<std::size_t>(i)];
    const node& n = g[i];
    s.node = i;
    if (n.elementwise) {
      s.members = 1;
      s.member[0] = static_cast<std::int16_t>(i);
    }
    s.inputs = 0;
    for (int j = 0; j < n.inputs; ++j) {  // an input may come twice: x·x
      if (n.elementwise) {
        bool known = false;
        for (int k = 0; k < s.inputs; ++k)
          known = known || s.input[static_cast<std::size_t>(k)] == g.input(i, j);
        if (known) continue;
      }
      s.input[static_cast<std::size_t>(s.inputs++)] = static_cast<std::int16_t>(g.input(i, j));
    }
    if (const int root = n.what == role::draw ? g.latent(n.latent).network : -1;
        root >= 0 && !g[root].moves)
      s.input[static_cast<std::size_t>(s.inputs++)] = static_cast<std::int16_t>(root);
    if (n.elementwise)
      for (int j = 0; j < n.inputs; ++j) {
        const int in = g.input(i, j);
        const node& p = g[in];
        if (!p.elementwise || p.sums || p.what != role::op ||
            consumer[static_cast<std::size_t>(in)] != i || p.axes != n.axes ||
            p.event != n.domain || p.network != n.network || p.moves != n.moves ||
            (keep_parameters && n.what == role::density && n.kind == variable_kind::observed))
          continue;
        if (!absorbed[static_cast<std::size_t>(in)] &&
            detail::absorb(g, s, chain[static_cast<std::size_t>(in)]))
          absorbed[static_cast<std::size_t>(in)] = true;
      }
  };
  for (int i = 0; i < all; ++i)
    if (g[i].active && g[i].what != role::nothing) fill(i);

  step_list<N> out;
  const axes batched = g.data_plate < 0 ? axes(0) : axis_bit(first_plate_axis + g.data_plate);
  for (const bool global : {true, false})
    for (const bool later : {false, true}) {
      const auto is_next = [&](int i) {
        return g[i].active && g[i].what != role::nothing &&
               !absorbed[static_cast<std::size_t>(i)] && ((g[i].axes & batched) == 0) == global &&
               (guide_first && !g[i].in_guide) == later;
      };
      const auto put = [&](int i) {
        absorbed[static_cast<std::size_t>(i)] = true;
        chain[static_cast<std::size_t>(i)].global = global;
        out.steps[static_cast<std::size_t>(out.count++)] = chain[static_cast<std::size_t>(i)];
      };
      for (int i = 0; i < all; ++i) {
        if (!is_next(i)) continue;
        for (int k = i; g[i].what == role::draw && k < g.tokens; ++k)
          if (g[k].network == g[i].latent && !g[k].moves && is_next(k)) put(k);
        put(i);
      }
    }
  return out;
}

}  // namespace variad
