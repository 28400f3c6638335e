#pragma once

#include <variad/dsl/graph/node.hpp>

namespace variad::internals {

/// Calls f(i, j) for each input j of a node i by which the prior of latent l reads its draw: that
/// of the density, or those of the join before it.
template <class Graph, class F>
constexpr bool for_each_reading_of_prior(const Graph& g, latent_id l, F&& f) {
  const node_id density = g.latent(l).density, draw = g.latent(l).draw;
  if (!exists(density)) return false;
  const node_id value = g[density].inputs[0];
  if (value == draw || g[density].label == g[draw].label) {
    f(density, std::size_t{0});
    return true;
  }
  bool any = false;
  for (std::size_t j = 0; j < g[value].inputs.size(); ++j)
    if (g[value].inputs[j] == draw) {
      f(value, j);
      any = true;
    }
  return any;
}

/// Whether the prior of latent l can read another value than the rest of the graph: it reads the
/// draw as a whole.
template <class Graph>
constexpr bool prior_reads_whole_draw(const Graph& g, latent_id l) {
  return for_each_reading_of_prior(g, l, [](node_id, std::size_t) {});
}

/// Lets the prior of latent l read a value of its own, which the estimator proposes beside the one
/// that everything else reads.
template <class Graph>
constexpr void route_prior_value(Graph& g, latent_id l) {
  const node_id value = id_at<node_id>(g.tokens + g.latent_count + index_of(l));
  for_each_reading_of_prior(g, l, [&](node_id i, std::size_t j) { g[i].inputs[j] = value; });
  g.latent(l).prior_value = value;
  const node& draw = g[g.latent(l).draw];
  node& n = g[value];
  n.event = n.domain = draw.event;
  n.declared = draw.declared;
  n.label = draw.label;
  n.plate = draw.plate;
  n.depends = draw.depends;
  n.blocked = draw.blocked;
}

}  // namespace variad::internals
