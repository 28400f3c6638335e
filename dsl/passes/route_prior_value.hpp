#pragma once

#include <variad/dsl/graph/node.hpp>

namespace variad {
namespace detail {

/// Calls f(i, j) for each input j of a node i by which the prior of latent l reads its draw: that
/// of the density, or those of the join before it.
template <std::size_t N, class F>
constexpr bool for_each_reading_of_prior(const graph<N>& g, int l, F&& f) {
  const int density = g.latent(l).density, draw = g.latent(l).draw;
  if (density < 0) return false;
  const int value = g.input(density, 0);
  if (value == draw || g[density].label == g[draw].label) {
    f(density, 0);
    return true;
  }
  bool any = false;
  for (int j = 0; j < g[value].inputs; ++j)
    if (g.input(value, j) == draw) {
      f(value, j);
      any = true;
    }
  return any;
}

}  // namespace detail

/// Whether the prior of latent l can read another value than the rest of the graph: it reads the
/// draw as a whole.
template <std::size_t N>
constexpr bool prior_reads_whole_draw(const graph<N>& g, int l) {
  return detail::for_each_reading_of_prior(g, l, [](int, int) {});
}

/// Lets the prior of latent l read a value of its own, which the estimator proposes beside the one
/// that everything else reads.
template <std::size_t N>
constexpr void route_prior_value(graph<N>& g, int l) {
  const int value = g.tokens + g.latent_count + l;
  detail::for_each_reading_of_prior(g, l, [&](int i, int j) {
    g[i].input[static_cast<std::size_t>(j)] = static_cast<std::int16_t>(value);
  });
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

}  // namespace variad
