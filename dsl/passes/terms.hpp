#pragma once

#include <variad/dsl/contracts/objective.hpp>
#include <variad/dsl/passes/infer_shapes.hpp>

namespace variad {

/// What list_terms needs to know of the ops that may stand for −log q of a latent.
struct own_term_ops {
  bool closed_kl = false, closed_entropy = false;
  bool elementwise_log_q = false, elementwise_entropy = false, elementwise_kl = false;
};

/// The fourth pass: the objective as a list of terms. Log-densities of the model are terms; of each
/// draw one of these takes the place of −log q, the first that has a closed form:
/// - −KL(q ‖ p), which also replaces the prior, unless the prior's parameters depend on the draw;
/// - the entropy of q.
/// The objective may let neither stand.
template <std::size_t N>
constexpr void list_terms(graph<N>& g, const objective_traits& objective,
                          const std::array<own_term_ops, max_latents>& available) {
  for (int l = 0; l < g.latent_count; ++l) {
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

    const auto add = [&](int i) {
      own.input[static_cast<std::size_t>(own.inputs++)] = static_cast<std::int16_t>(i);
    };
    const own_term_ops& ops = available[static_cast<std::size_t>(l)];
    bool analytic_kl = ops.closed_kl && objective.closed_forms;
    if (analytic_kl)
      for (int j = 1; j < g[info.prior].inputs; ++j)
        if (g[g.input(info.prior, j)].depends >> l & 1) analytic_kl = false;
    if (analytic_kl) {
      info.term = latent_info::term_kind::kl;
      own.op = "kl";
      own.elementwise = own.sums = ops.elementwise_kl;
      for (int j = 0; j < draw.inputs; ++j) add(draw.input[static_cast<std::size_t>(j)]);
      for (int j = 1; j < g[info.prior].inputs; ++j) add(g.input(info.prior, j));
      g[info.prior].what = role::nothing;
    } else if (ops.closed_entropy && objective.closed_forms) {
      info.term = latent_info::term_kind::entropy;
      own.op = "entropy";
      own.elementwise = own.sums = ops.elementwise_entropy;
      for (int j = 0; j < draw.inputs; ++j) add(draw.input[static_cast<std::size_t>(j)]);
    } else {
      info.term = latent_info::term_kind::log_q;
      own.op = "log_q";
      own.elementwise = own.sums = ops.elementwise_log_q;
      add(info.draw);
      for (int j = 0; j < draw.inputs; ++j) add(draw.input[static_cast<std::size_t>(j)]);
    }
  }
  trace_dependence(g, g.tokens, g.tokens + g.latent_count);
  // What no term needs is not computed; but a program's user may ask for any variable drawn.
  const int all = g.tokens + g.latent_count;
  for (int l = 0; l < g.latent_count; ++l)
    if (g.latent(l).network >= 0) g[g.latent(l).network].active = true;
  for (int i = all; i-- > 0;) {  // own terms come last, and tokens after their operands
    node& n = g[i];
    if (n.what == role::density || n.what == role::own_term || n.what == role::draw ||
        n.token == node::token_kind::part)
      n.active = true;
    if (!n.active) continue;
    for (int j = 0; j < n.inputs; ++j) g[g.input(i, j)].active = true;
  }
}

/// Whether a node is a term of the objective.
constexpr bool is_term(const node& n) {
  return n.what == role::density || n.what == role::own_term;
}

/// Whether a term belongs to a latent's divergence from its prior, as against the data.
constexpr bool is_divergence(const node& n) { return n.what == role::own_term || n.latent >= 0; }

}  // namespace variad
