#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace variad {

/// What the expectation of an estimator is: the gradient; the gradient as its knob goes to a limit;
/// something else.
enum class bias_class { unbiased, consistent, biased };

constexpr std::string_view to_string(bias_class b) {
  return b == bias_class::unbiased     ? "unbiased"
         : b == bias_class::consistent ? "consistent"
                                       : "biased";
}

namespace internals {

/// Draws of a program whose joint values are all evaluated and summed, each with an axis of its
/// own.
struct summed_draws {
  static constexpr int most = 3;               ///< draws that have an axis
  static constexpr int most_values = 1 << 20;  ///< no more are counted
  int draws = 0;
  int values = 1;  ///< of each, multiplied

  constexpr void add(int joint_values) {
    ++draws;
    joint_values = std::max(joint_values, 1);
    values = std::min(values, most_values / joint_values) * joint_values;
  }
};

}  // namespace internals

/// A latent as an estimator sees it at compile time, to accept it or to refuse it with a reason.
struct latent_traits {
  std::string_view family{};     ///< the name of the family it is drawn from, such as "bernoulli"
  bool boltzmann_prior = false;  ///< the prior is a Boltzmann machine
  bool prior_reads_whole_draw = false;  ///< the model groups variables so that two_values can be
  bool discrete = false;                ///< a finite number of values
  bool reparameterizable = false;       ///< the family is a function of its parameters and of noise
  int variables = 1;                    ///< declared variables of one event
  int noise = 0;                        ///< numbers of noise that a draw is made from by its path
  int categories = 0;                   ///< of each variable; 0 if it is not discrete
  int replicates = 1;                   ///< samples that the objective averages
  int importance = 1;                   ///< ... and those that it weighs against each other
  bool weighs_samples = false;          ///< it has log-weights: costs are its value as a whole
  bool differentiates_draws = true;     ///< the derivative goes through draws at all
  bool path_gradient = false;           ///< ... along their path alone
  bool global = false;                  ///< outside every plate
  bool differentiable_downstream = false;  ///< derivatives reach the value from every term
  bool cheap_alternatives = false;         ///< only ops with a one_site_update read the value
  bool rows_coupled_downstream = false;    ///< a sum over a plate that it stands in reads the value
  bool batch_statistics_downstream = false;  ///< batch_norm depends on the value
  /// ... and normalises what may differ in a batch by discrete draws alone: all rows may be equal
  bool statistics_of_draws_alone = false;
  internals::summed_draws
      summed{};  ///< by what chooses an estimator: draws told so, and those before this one
};

/// Yes or no, and why: plan() prints the reason, a refusal shows it as a compile error.
struct verdict {
  bool yes;
  std::string_view reason;
};

/// What the estimator writes as the value that the rest of the graph sees: one of the support, or a
/// point between (Gumbel-Softmax, a one-hot row of probabilities). Densities of discrete families
/// are linear in one-hot values, and are taken at a relaxed one as they stand: a proxy. Evaluation
/// and generation always draw hard values.
enum class representation { hard, relaxed };

/// What an estimator wants to know of each value: `site.cost`, `site.adjoint`, or both.
enum class probe_role { cost, adjoint, both };

/// The values that a node proposes for each sample besides, or instead of, its own draw; what the
/// engine does with each field. It refuses the rest, see can_evaluate.
struct probe_set {
  enum class kind {
    /// The value that `propose` wrote, alone.
    own,
    /// `count` values of the whole node, which `probe` writes; where `weighted`, `propose` writes
    /// them instead, each in a row of its own: site.joint_value(row) says which one a row holds,
    /// and
    /// relaxed ones follow each other. Where `own_first`, value 0 is the drawn one.
    joint,
    /// Every value of one variable, the others as drawn: `count` = variables × categories. The
    /// engine writes them, in tiles.
    one_site,
  } values = kind::own;
  int count = 1;
  /// `cost`: the value is detached. `adjoint`: no costs are evaluated. Adjoints are of rows that
  /// the graph itself evaluates: of `own`, and of `joint` where `weighted`; other alternatives have
  /// a cost alone.
  probe_role role = probe_role::cost;
  representation form = representation::hard;
  /// The divergence from the prior is log p − log q at the value, relaxed as it is, even where a KL
  /// or an entropy has a closed form, which is that of hard values.
  bool sampled_divergence = false;
  /// The first of the joint values is the draw itself: its cost is known, and `probe` writes the
  /// others.
  bool own_first = false;
  /// The objective is the sum over the values, each times `site.probe_weight`, and everything
  /// downstream learns from all of them. Not where the objective weighs samples.
  bool weighted = false;
  /// The prior reads another value than everything else, `site.prior_value(row)`, which `propose`
  /// writes too. Both have an adjoint.
  bool two_values = false;
};

namespace internals {

/// Whether values are evaluated beside those that the graph itself does.
constexpr bool has_alternatives(const probe_set& p) {
  return p.values != probe_set::kind::own && !p.weighted;
}

/// Whether a draw has an axis of joint values, over which the objective is a weighted sum.
constexpr bool is_summed(const probe_set& p) {
  return p.weighted && p.values == probe_set::kind::joint;
}

/// Whether the engine can do what a set of probes asks for, and if not, why.
constexpr verdict can_evaluate(const probe_set& p, const latent_traits& t) {
  if (!t.differentiates_draws)
    return {false, "the objective does not differentiate through draws: none needs an estimator"};
  const bool own = p.values == probe_set::kind::own, sites = p.values == probe_set::kind::one_site;
  if (p.count < 1 || (own && p.count != 1))
    return {false, "its probes have a count that does not fit: own is 1, joint at least 1"};
  if (sites && (!t.discrete || p.count != t.variables * t.categories))
    return {false, "one_site probes are variables times categories of a discrete draw"};
  if (p.own_first && (p.values != probe_set::kind::joint || p.weighted))
    return {false, "own_first is of joint values that are not weighted"};
  if (p.weighted && sites) return {false, "one_site probes cannot be weighted"};
  if (t.rows_coupled_downstream && (p.weighted || has_alternatives(p)))
    return {false,
            "a sum over its plate reads it: other values of one row change what all rows make, use "
            "score_function or a path"};
  if (p.weighted && t.batch_statistics_downstream)
    return {false, "the statistics of batch_norm downstream would count improbable values in full"};
  if (t.statistics_of_draws_alone && t.discrete && p.form == representation::hard &&
      (has_alternatives(p) || p.role != probe_role::cost))
    return {false,
            "batch_norm downstream divides by the deviation of a batch of draws, which is 0 where "
            "all are equal: let data reach what it normalises by a layer of their own, or use "
            "score_function or gumbel_softmax"};
  if (p.weighted && t.weighs_samples)
    return {false,
            "the objective has importance weights of its own: probes cannot be weighted there"};
  if (p.role != probe_role::cost && !own && !p.weighted)
    return {false, "the engine evaluates costs of alternatives and no adjoints: role = cost"};
  if (p.role != probe_role::cost && !t.differentiable_downstream)
    return {false, "a function without a derivative stands between the draw and the objective"};
  if (p.two_values && (!own || p.role == probe_role::cost || p.form != representation::relaxed))
    return {false, "two values are a draw's own, relaxed, and want adjoints"};
  if (p.two_values && t.weighs_samples)
    return {false,
            "prior and decoder read different values of it, which one importance weight "
            "cannot hold: use elbo"};
  if (p.two_values && !t.prior_reads_whole_draw)
    return {false, "its prior must read its draw as a whole: group variables alike in both"};
  if (t.path_gradient && (t.discrete || !own || p.role != probe_role::adjoint))
    return {false, "the objective takes derivatives along the path alone: only pathwise has one"};
  if (p.form == representation::relaxed && (sites || !t.discrete))
    return {false, "only own or joint values of a discrete draw can be relaxed"};
  return {true, ""};
}

}  // namespace internals

/// What an estimator says of itself: `static constexpr estimator_traits traits{.name = "mine"}`.
struct estimator_traits {
  std::string_view name;                 ///< in the plan
  bias_class bias = bias_class::biased;  ///< no estimator is called unbiased that does not say so
  std::string_view source{};             ///< the paper, and the place in it
  /// What its knob does, the name of the knob first; empty where it has none.
  std::string_view knob{};
  /// What it keeps is the noise of the family, which its values are made of: for all rows at once
  /// where the family does so element by element.
  bool keeps_noise = false;

  constexpr std::string_view knob_name() const { return knob.substr(0, knob.find_first_of(", ")); }
};

/// A gradient estimator. The law: given a downstream evaluation that is an unbiased value and
/// derivative for each value of this node, `pull_back` adds an unbiased (or as `traits.bias` says)
/// derivative for the node's parameters.
///
/// - `propose(site)` fills `site.value(row)` of every row;
/// - `pull_back(site)` turns costs, or the adjoints of the value, into adjoints of the parameters;
/// - where `probes` says joint, `probe(site, row, p, out)` writes the p-th alternative.
///
/// A row has one value, which every reader sees, but for `two_values`. What an estimator carries
/// from step to step is a few numbers (`state` and `commit`, both or none), and the parameters of a
/// network of its own, an expression in the member `network`: a subgraph of the program, that no
/// term reaches and that is held fixed in all that it reads. Its value is `site.network(row)`; its
/// parameters learn from what `site.add_to_network` adds. One that reads `drawn_value`, a
/// surrogate, has its adjoint from `seed_network(site)`, and `pull_back` sees what that leads to,
/// `site.network_adjoint(row)`; its parameters learn from `site.direction(row)`. Where the
/// objective weighs samples, the cost of a value is that of the objective with the sample's weight
/// replaced, and `site.log_weight(row, sample)` has the weights of all samples. draw_site.hpp shows
/// what a site offers; examples/custom_estimator.cpp is one written
/// outside of the library.
template <class E>
concept gradient_estimator = requires(const latent_traits& t) {
  { E::traits } -> std::same_as<const estimator_traits&>;
  { E::accepts(t) } -> std::same_as<verdict>;
  { E::probes(t) } -> std::same_as<probe_set>;
};

/// An estimator that learns a number per row by a network of its own: an expression, in the member
/// `network`, of data, quantities and latents that are stated before the draw, or of `drawn_value`,
/// the value of the draw itself.
template <class E>
concept has_network = requires(const E& e) {
  e.network;
};

namespace internals {

/// What an estimator says of a latent, and then the engine of its probes.
template <gradient_estimator E>
constexpr verdict verdict_on(const latent_traits& t) {
  const verdict v = E::accepts(t);
  return v.yes ? can_evaluate(E::probes(t), t) : v;
}

}  // namespace internals
}  // namespace variad
