#pragma once

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

/// A latent as an estimator sees it at compile time.
struct latent_traits {
  std::string_view family;
  bool discrete = false;
  bool reparameterizable = false;
  int variables = 1;   ///< declared variables of one event
  int categories = 0;  ///< of each variable; 0 if it is not discrete
  int replicates = 1;  ///< samples that are averaged
  int importance = 1;  ///< samples inside the logarithm
  bool importance_weighted = false;
  bool global = false;                     ///< outside every plate
  bool differentiable_downstream = false;  ///< derivatives reach the value from every term
  bool dense_downstream = false;           ///< only dense layers read the value
};

/// Yes or no, and why: plan() prints the reason, a refusal shows it as a compile error.
struct verdict {
  bool yes;
  std::string_view reason;
};

/// How the node's value reaches the rest of the graph.
enum class representation { hard, relaxed };

/// What an estimator wants to know of each probe.
enum class probe_role { cost, adjoint, both };

/// The values that a node proposes for each sample besides, or instead of, its own draw.
struct probe_set {
  enum class kind {
    own,       ///< the drawn value alone
    joint,     ///< `count` values of the whole node
    one_site,  ///< every value of one variable, the others as drawn; never materialised whole
  } values = kind::own;
  int count = 1;  ///< values, where joint
  probe_role role = probe_role::cost;
  representation form = representation::hard;
  bool weighted = false;  ///< the objective is the weighted sum over them
};

/// A gradient estimator. The law: given a downstream evaluation that is an unbiased value and
/// derivative for each value of this node, `pull_back` adds an unbiased (or as `bias` says)
/// derivative for the node's parameters.
///
/// - `propose(site)` fills `site.value(row)` of every row;
/// - `pull_back(site)` turns costs, or the adjoints of the value, into adjoints of the parameters;
/// - where `probes` says joint, `probe(site, row, p, out)` writes the p-th alternative.
///
/// draw_site.hpp shows what a site offers; a custom estimator is written like the ones here.
template <class E>
concept gradient_estimator = requires(const E& e, const latent_traits& t) {
  { E::name() } -> std::convertible_to<std::string_view>;
  { E::bias } -> std::convertible_to<bias_class>;
  { E::accepts(t) } -> std::same_as<verdict>;
  { E::probes(t) } -> std::same_as<probe_set>;
};

}  // namespace variad
