#pragma once

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/graph/tokens.hpp>
#include <variad/dsl/passes/route_prior_value.hpp>
#include <variad/dsl/passes/terms.hpp>

namespace variad {
namespace detail {

/// The consumers of a draw's value that a slice of the graph would evaluate.
template <std::size_t N>
constexpr bool feeds_only_dense(const graph<N>& g, int draw) {
  bool any = false;
  for (int i = 0; i < g.tokens + g.latent_count; ++i)
    for (int j = 0; j < g[i].inputs; ++j)
      if (g[i].active && g[i].network < 0 && g.input(i, j) == draw) {
        if (is_term(g[i]) && g[i].latent == g[draw].latent) continue;
        if (!g[i].dense) return false;
        any = true;
      }
  return any;
}

/// The first estimator of the list that prefers and accepts latent L of a resolved program; where
/// none does, the first that prefers it, for the message.
template <class Resolved, std::size_t L, class... E>
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

}  // namespace detail

/// What an estimator may ask of a latent of the graph before it accepts it.
template <std::size_t N>
constexpr latent_traits traits_of(const graph<N>& g, int l, const objective_traits& objective) {
  const latent_info& info = g.latent(l);
  const node& d = g[info.draw];
  latent_traits t;
  t.family = d.family.name;
  t.boltzmann_prior = info.density >= 0 && g[info.density].family.prior_only;
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
  t.global = d.plate < 0;
  t.dense_downstream = detail::feeds_only_dense(g, info.draw);
  t.differentiable_downstream = true;
  for (int i = 0; i < g.tokens + g.latent_count; ++i)
    if (g[i].active && is_term(g[i]) && (g[i].blocked >> l & 1))
      t.differentiable_downstream = false;
  for (int i = 0; i < g.tokens; ++i)
    if (g[i].active && g[i].network < 0) {
      t.rows_coupled_downstream |= g[i].coupled >> l & 1;
      t.batch_statistics_downstream |= g[i].normalised >> l & 1;
      t.statistics_of_draws_alone |= g[i].draws_alone >> l & 1;
    }
  return t;
}

}  // namespace variad
