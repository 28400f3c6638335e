#pragma once

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/graph/tokens.hpp>
#include <variad/dsl/passes/route_prior_value.hpp>
#include <variad/dsl/passes/terms.hpp>

namespace variad::internals {

/// Whether every consumer of a draw's value has an update for one-site alternatives.
template <class Graph>
constexpr bool alternatives_are_cheap(const Graph& g, node_id draw) {
  bool any = false;
  for (const node_id i : g.token_ids()) {
    const node& n = g[i];
    if (!n.active || exists(n.network) || !n.inputs.holds(draw)) continue;
    if (n.what == role::density && n.latent == g[draw].latent) continue;
    if (!n.updates_one_site) return false;
    any = true;
  }
  return any;
}

/// The first estimator of the list that prefers and accepts latent L of a resolved program; where
/// none does, the first that prefers it, for the message.
template <class Resolved, latent_id L, class... E>
constexpr auto first_preferred(E...) {
  constexpr std::size_t chosen = [] {
    constexpr latent_traits traits = Resolved::template traits<L>;
    constexpr std::size_t none = sizeof...(E);
    std::size_t i = 0, found = none, wanted = none;
    const auto ask = [&]<class X>() {
      if constexpr (requires(const latent_traits& t) { X::preferred(t); })
        if (X::preferred(traits).yes) {
          if (wanted == none) wanted = i;
          if (found == none && verdict_on<X>(traits).yes) found = i;
        }
      ++i;
    };
    (ask.template operator()<typename E::type>(), ...);
    return found == none ? wanted : found;
  }();
  return type_at<chosen, type_list<E...>>{};
}

/// What an estimator may ask of a latent of the graph before it accepts it; the graph has no terms
/// yet.
template <class Graph>
constexpr latent_traits traits_of(const Graph& g, latent_id l, const objective_traits& objective) {
  const latent_info& info = g.latent(l);
  const node& d = g[info.draw];
  latent_traits t;
  t.family = d.family.name;
  t.boltzmann_prior = exists(info.density) && g[info.density].family.prior_only;
  t.prior_reads_whole_draw = prior_reads_whole_draw(g, l);
  t.discrete = d.family.discrete;
  t.reparameterizable = d.family.reparameterizable;
  t.variables = d.declared.size();
  if (d.family.noise_size != nullptr)
    t.noise = static_cast<int>(d.family.noise_size(static_cast<std::size_t>(t.variables)));
  t.categories = d.family.categories;
  t.replicates = objective.replicates;
  t.importance = objective.importance;
  t.weighs_samples = objective.weighs_samples;
  t.differentiates_draws = objective.differentiates_draws;
  t.path_gradient = objective.path_gradient;
  t.global = !exists(d.plate);
  t.cheap_alternatives = alternatives_are_cheap(g, info.draw);
  t.differentiable_downstream = true;
  for (const node_id i : g.token_ids())
    if (g[i].active && !exists(g[i].network)) {
      // A draw stands for its own term, which there is none of before the estimators are known.
      if ((is_term(g[i]) || g[i].what == role::draw) && holds(g[i].blocked, l))
        t.differentiable_downstream = false;
      t.rows_coupled_downstream |= holds(g[i].coupled, l);
      t.batch_statistics_downstream |= holds(g[i].normalised, l);
      t.statistics_of_draws_alone |= holds(g[i].draws_alone, l);
    }
  return t;
}

}  // namespace variad::internals
