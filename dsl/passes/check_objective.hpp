#pragma once

#include <variad/dsl/contracts/objective.hpp>

namespace variad::internals {

/// How an objective breaks its contract.
enum class objective_fault {
  none,
  lacks_traits,
  lacks_evaluate,
  lacks_path_share,
  lacks_samples,
  closed_forms_in_weights,
  path_of_no_draws,
  does_not_fit,
};

template <class O>
constexpr objective_fault fault_of_objective() {
  if constexpr (!has_objective_traits<O>) {
    return objective_fault::lacks_traits;
  } else {
    constexpr objective_traits t = O::traits;
    if constexpr (requires { O::fits; })
      if (!O::fits) return objective_fault::does_not_fit;
    if (t.replicates < 1 || t.importance < 1 ||
        (!t.weighs_samples && (t.importance > 1 || t.seeds_guide)))
      return objective_fault::lacks_samples;
    if (t.closed_forms && (t.weighs_samples || t.path_gradient))
      return objective_fault::closed_forms_in_weights;
    if (t.path_gradient && !t.differentiates_draws) return objective_fault::path_of_no_draws;
    if (t.weighs_samples && !evaluates_samples<O>) return objective_fault::lacks_evaluate;
    if (t.weighs_samples && t.path_gradient && !shares_paths<O>)
      return objective_fault::lacks_path_share;
    return objective_fault::none;
  }
}

namespace problem {

template <class Objective, objective_fault Fault = fault_of_objective<Objective>()>
struct unsound_objective {
  static_assert(Fault != objective_fault::lacks_traits,
                "an objective lacks `static constexpr objective_traits traits{...}`; see \"Add an "
                "objective\" in docs/extending.md");
  static_assert(Fault != objective_fault::lacks_evaluate,
                "an objective that weighs samples lacks `template <class Samples> static auto "
                "evaluate(const Samples&)`, which returns a Samples::value_type; see \"Add an "
                "objective\" in docs/extending.md");
  static_assert(Fault != objective_fault::lacks_path_share,
                "an objective that weighs samples and learns along the path lacks `template <class "
                "V> static V path_share(const V& seed, const V& divergence)`; see \"Add an "
                "objective\" in docs/extending.md");
  static_assert(Fault != objective_fault::lacks_samples,
                "an objective has at least one replicate and one importance sample, and importance "
                "samples and seeds of the guide only if it says .weighs_samples = true");
  static_assert(Fault != objective_fault::closed_forms_in_weights,
                "a log-weight, and a path, hold log q of the draw itself: an objective with either "
                "says .closed_forms = false");
  static_assert(Fault != objective_fault::path_of_no_draws,
                "an objective that learns along the path differentiates through draws");
};
/// A combination words itself which objectives it is of.
template <class Objective>
struct unsound_objective<Objective, objective_fault::does_not_fit> : Objective::template refusal<> {
};

}  // namespace problem

}  // namespace variad::internals
