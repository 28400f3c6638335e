#pragma once

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/passes/terms.hpp>

namespace variad::internals {

/// What the later passes need to know of the estimators that were selected.
struct estimator_info {
  std::string_view name;
  verdict reason{true, ""};
  bias_class bias = bias_class::unbiased;
  probe_set probes;
  std::string_view source;
  std::string_view knob;  ///< what its knob does
  std::size_t kept = 0;   ///< values that the estimator keeps per row
  std::size_t state = 0;  ///< values that it keeps from step to step
};

/// The third pass: which axes each node is computed over. What does not depend on a sampled latent
/// is computed once per datum and not once per sample; what depends on parameters alone, once per
/// step. What a term counts for is another matter: each row of the plates that its statement stands
/// in. Also: which nodes parameters reach along differentiable paths.
template <class Graph, class Chosen>
constexpr void assign_axes(Graph& g, const objective_traits& objective, const Chosen& chosen) {
  std::size_t enumerated = 0;
  const auto assign = [&](node_id i) {
    node& n = g[i];
    axes a = 0;
    bool learns = n.parameter_count > 0;
    for (const node_id in : n.inputs) {
      const node& read = g[in];
      a |= read.axes;
      learns = learns || (read.learns && hands_on(n, read));
    }
    n.learns = (learns || (n.drawn_value && n.moves)) && n.differentiable;
    const axes plates = plate_axes(g, n.plate);
    if (n.what == role::data || (n.what == role::op && n.per_row)) a = plates;
    if (exists(n.reduces)) a &= ~axis_bit(n.reduces);
    if (n.what == role::draw) {
      const probe_set& probes = chosen[n.latent].probes;
      for_each_read_by_network(g, n.latent, [&](node_id from) { a |= g[from].axes; });
      a |= plates;
      if (probes.weighted && probes.values == probe_set::kind::joint &&
          enumerated < max_enumerated) {
        a |= axis_bit(first_enumerated_axis + enumerated++);
        g.latent(n.latent).enumerated = true;
      } else {
        a |= axis_bit(replicate_axis) |
             (objective.weighs_samples ? axis_bit(importance_axis) : axes(0));
      }
      n.learns = probes.role != probe_role::cost;
    }
    n.axes = a;
    if (is_term(n)) n.repeats = plates & ~a;
    if (n.what == role::draw && exists(g.latent(n.latent).prior_value)) {
      node& value = g[g.latent(n.latent).prior_value];
      value.axes = a;
      value.learns = n.learns;
    }
  };
  for (const node_id i : g.evaluated_ids())
    if (g[i].what != role::nothing) assign(i);
}

}  // namespace variad::internals
