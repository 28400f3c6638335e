#pragma once

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/graph/node.hpp>
#include <variad/dsl/passes/schedule.hpp>

namespace variad::internals {

/// Of a latent with one-site alternatives: the step whose op reads it and moves by rows of a
/// matrix, and that of a likelihood of its value which has a kernel for them, where these two are
/// all that is downstream. No alternative is ever formed then.
struct one_site_path {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t layer = none, likelihood = none;
  constexpr bool exists() const { return likelihood != none; }
};

template <class Graph, class Schedule, class Infos>
constexpr one_site_path find_one_site_path(const Graph& g, const Schedule& schedule,
                                           const Infos& chosen, latent_id l) {
  const node_id draw = g.latent(l).draw;
  if (chosen[l].probes.values != probe_set::kind::one_site) return {};
  one_site_path path;
  std::size_t count = 0;
  for (std::size_t s = 0; s < schedule.size(); ++s) {
    const node& n = g[schedule[s].node];
    if (schedule[s].node == draw || exists(n.network) || !holds(n.depends, l)) continue;
    (count++ == 0 ? path.layer : path.likelihood) = s;
  }
  if (count != 2) return {};
  const step& likelihood_step = schedule[path.likelihood];
  const node_id layer = schedule[path.layer].node;
  const node& likelihood = g[likelihood_step.node];
  if (!g[layer].moves_by_rows || !likelihood.has_row_differences) return {};
  if (likelihood_step.members.size() != 1 || likelihood.inputs[1] != layer ||
      likelihood.inputs[0] == layer)
    return {};
  // Rows of the latent, the layer and the likelihood are the same, and no weight of another latent
  // counts in the costs.
  if (likelihood.axes != g[draw].axes) return {};
  for (const latent_id other : g.latent_ids())
    if (other != l && chosen[other].probes.weighted && holds(likelihood.depends, other) &&
        !holds(g[draw].depends, other))
      return {};
  return path;
}

}  // namespace variad::internals
