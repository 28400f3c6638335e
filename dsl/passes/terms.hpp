#pragma once

#include <variad/dsl/contracts/objective.hpp>
#include <variad/dsl/passes/infer_shapes.hpp>

namespace variad::internals {

/// What list_terms needs to know of the ops that may stand for −log q of a latent.
struct own_term_ops {
  bool closed_kl = false, closed_entropy = false;
  bool elementwise_log_q = false, elementwise_entropy = false, elementwise_kl = false;
};

/// Whether a node is a term of the objective, or a loss.
constexpr bool is_term(const node& n) {
  return n.what == role::density || n.what == role::own_term || n.what == role::term;
}

/// What no term needs is not computed; but a program's user may ask for any variable drawn.
template <class Graph>
constexpr void mark_active(Graph& g) {
  for (const node_id i : g.evaluated_ids()) g[i].active = false;
  for (const latent_id l : g.latent_ids())
    if (exists(g.latent(l).network)) g[g.latent(l).network].active = true;
  // Own terms come last, and tokens after their operands.
  for (std::size_t left = g.tokens + g.latent_count; left-- > 0;) {
    node& n = g[id_at<node_id>(left)];
    if (is_term(n) || n.what == role::draw || n.token == node::token_kind::part) n.active = true;
    if (!n.active) continue;
    for (const node_id in : n.inputs) g[in].active = true;
  }
}

/// The fifth pass: the objective as a list of terms. Log-densities of the model are terms; of each
/// draw, of what is missing where its data have gaps, one of these takes the place of −log q, the
/// first that has a closed form:
/// - −KL(q ‖ p), which also replaces the prior, unless the prior's parameters depend on the draw;
/// - the entropy of q.
/// The objective may let neither stand.
template <class Graph, class Available>
constexpr void list_terms(Graph& g, const objective_traits& objective, const Available& available) {
  for (const latent_id l : g.latent_ids()) {
    latent_info& info = g.latent(l);
    const node& draw = g[info.draw];
    node& own = g[info.own_term];
    own.what = role::own_term;
    own.token = node::token_kind::apply;
    own.latent = l;
    own.statement = draw.statement;
    own.label = draw.label;
    own.in_guide = true;
    own.plate = draw.plate;
    own.event = shape_of();
    own.domain = draw.event;

    const auto add_parameters = [&](const node& from, std::size_t first) {
      for (std::size_t j = 0; j < from.arity; ++j) own.inputs.push_back(from.inputs[first + j]);
    };
    const own_term_ops& ops = available[l];
    bool analytic_kl = ops.closed_kl && objective.closed_forms;
    if (analytic_kl)
      for (std::size_t j = 1; j <= g[info.prior].arity; ++j)
        if (holds(g[g[info.prior].inputs[j]].depends, l)) analytic_kl = false;
    if (analytic_kl) {
      info.term = latent_info::term_kind::kl;
      own.op = "kl";
      own.elementwise = own.sums = ops.elementwise_kl;
      add_parameters(draw, 0);
      add_parameters(g[info.prior], 1);
      g[info.prior].what = role::nothing;
    } else if (ops.closed_entropy && objective.closed_forms) {
      info.term = latent_info::term_kind::entropy;
      own.op = "entropy";
      own.elementwise = own.sums = ops.elementwise_entropy;
      add_parameters(draw, 0);
    } else {
      info.term = latent_info::term_kind::log_q;
      own.op = "log_q";
      own.elementwise = own.sums = ops.elementwise_log_q;
      own.inputs.push_back(info.draw);
      add_parameters(draw, 0);
    }
    if (exists(info.missing)) own.inputs.push_back(info.missing);
  }
  trace_dependence(g, {id_at<node_id>(g.tokens), id_at<node_id>(g.tokens + g.latent_count)});
  mark_active(g);
}

/// Whether a term belongs to a latent's divergence from its prior, as against the data.
constexpr bool is_divergence(const node& n) { return n.what == role::own_term || exists(n.latent); }

}  // namespace variad::internals
