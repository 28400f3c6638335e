#pragma once

#include <variad/dsl/passes/assign_axes.hpp>

namespace variad::internals {

/// One evaluation in the schedule: a draw, an op, or a fused chain of elementwise ops.
struct step {
  node_id node = node_id::none;  ///< what it computes
  bool global = false;           ///< once a step, not once per shard
  /// Ops of its chain in the order of evaluation, the last is node; none if it is not elementwise.
  short_list<node_id, max_chain> members{};
  short_list<node_id, max_inputs> inputs{};  ///< nodes whose buffers it reads
};

/// The order of evaluation: forward as listed, global steps first; backward in reverse. Of N nodes
/// at most.
template <std::size_t N>
using step_list = short_list<step, N>;

/// The nodes that have one active consumer, and which.
template <class Graph>
struct consumers {
  id_array<node_id, node_id, Graph::size> only{};
  id_array<node_id, bool, Graph::size> several{};

  constexpr explicit consumers(const Graph& g) {
    for (node_id& c : only) c = node_id::none;
    for (const node_id i : g.evaluated_ids())
      if (g[i].active && g[i].what != role::nothing)
        for (const node_id in : g[i].inputs) {
          several[in] = exists(only[in]);
          only[in] = i;
        }
  }
  constexpr bool is_only(node_id i, node_id of) const { return !several[of] && only[of] == i; }
};

/// The buffers that a chain of these members reads.
template <class Graph>
constexpr bool collect_inputs(const Graph& g, step& s) {
  s.inputs.count = 0;
  for (const node_id i : s.members)
    for (const node_id in : g[i].inputs) {
      if (s.members.holds(in) || s.inputs.holds(in)) continue;
      if (s.inputs.size() == max_inputs) return false;
      s.inputs.push_back(in);
    }
  return true;
}

/// Puts the members of `other` before the last of `into`, if the chain stays within its limits.
template <class Graph>
constexpr bool absorb(const Graph& g, step& into, const step& other) {
  if (into.members.size() + other.members.size() > max_chain) return false;
  step joined = into;
  joined.members = other.members;
  for (const node_id m : into.members) joined.members.push_back(m);
  if (!collect_inputs(g, joined)) return false;
  into = joined;
  return true;
}

/// The sixth and the eighth pass. An elementwise op whose one consumer is elementwise over the same
/// axes and event joins its consumer's chain: one SIMD loop forward, one backward, no buffer
/// between. `keep_parameters` leaves the parameters of observed densities, and of latents in plates
/// sized by the data, in buffers of their own, for programs that read them. `guide_first` evaluates
/// all of the guide, the terms log q too, before the model, so that the way back leaves the model
/// before it enters the guide. Of a surrogate, what does not vary with the value of the draw comes
/// before the draw, so that the way back finds its adjoints after those that the draw has made.
template <class Graph>
constexpr step_list<Graph::size> make_schedule(const Graph& g, bool keep_parameters,
                                               bool guide_first) {
  const consumers consumers(g);
  id_array<node_id, step, Graph::size> chain{};
  id_array<node_id, bool, Graph::size> absorbed{};
  const auto fill = [&](node_id i) {
    step& s = chain[i];
    const node& n = g[i];
    s.node = i;
    if (n.elementwise) s.members.push_back(i);
    for (const node_id in : n.inputs)
      if (!n.elementwise || !s.inputs.holds(in)) s.inputs.push_back(in);  // it may come twice: x·x
    if (n.what == role::draw)
      if (const node_id root = g.latent(n.latent).network; exists(root) && !g[root].moves)
        s.inputs.push_back(root);
    if (!n.elementwise) return;
    for (const node_id in : n.inputs) {
      const node& p = g[in];
      if (!p.elementwise || p.sums || p.what != role::op || !consumers.is_only(i, in) ||
          p.axes != n.axes || p.event != n.domain || p.network != n.network || p.moves != n.moves ||
          (keep_parameters && is_term(n) &&
           ((n.what == role::density && n.kind != variable_kind::latent) || g.is_group(n.plate))))
        continue;
      if (!absorbed[in] && absorb(g, s, chain[in])) absorbed[in] = true;
    }
  };
  for (const node_id i : g.evaluated_ids())
    if (g[i].active && g[i].what != role::nothing) fill(i);

  step_list<Graph::size> out;
  for (const bool global : {true, false})
    for (const bool later : {false, true}) {
      const auto is_next = [&](node_id i) {
        return g[i].active && g[i].what != role::nothing && !absorbed[i] &&
               varies_over(g[i].axes, g.data_plate) != global &&
               (guide_first && !g[i].in_guide) == later;
      };
      const auto put = [&](node_id i) {
        absorbed[i] = true;
        chain[i].global = global;
        out.push_back(chain[i]);
      };
      for (const node_id i : g.evaluated_ids()) {
        if (!is_next(i)) continue;
        if (g[i].what == role::draw)
          for (const node_id k : id_range<node_id>{i, id_at<node_id>(g.tokens)})
            if (g[k].network == g[i].latent && !g[k].moves && is_next(k)) put(k);
        put(i);
      }
    }
  return out;
}

}  // namespace variad::internals
