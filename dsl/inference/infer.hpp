#pragma once

#include <variad/dsl/inference/inference.hpp>
#include <variad/dsl/inference/unresolved.hpp>
#include <variad/dsl/passes/check_objective.hpp>

namespace variad {

namespace internals {

/// What `infer` returns.
template <class Inference, class Problem = problem::of<typename Inference::training_plan>>
struct inferred {
  using type = unresolved<Problem>;
};
template <class Inference>
struct inferred<Inference, problem::none> {
  using type = Inference;
};
/// Nothing is resolved for an objective that does not keep its contract.
template <class Model, class Guide, class Objective, class T>
struct inferred_for : inferred<inference<Model, Guide, Objective, T>> {};
template <class Model, class Guide, class Objective, class T>
requires(fault_of_objective<Objective>() !=
         objective_fault::none) struct inferred_for<Model, Guide, Objective, T> {
  using type = unresolved<problem::unsound_objective<Objective>>;
};

}  // namespace internals

/// Resolves a model and a guide for an objective: `infer<elbo<1>>(p, q)`, `infer<iwae<20>>(p, q)`;
/// in double for small statistical models: `infer<elbo<8>, double>(p, q)`. What does not fit is a
/// compile error.
template <class Objective, class T = float, class... P, class... Q>
auto infer(const internals::model_program<P...>& p, const internals::guide_program<Q...>& q) ->
    typename internals::inferred_for<internals::model_program<P...>, internals::guide_program<Q...>,
                                     Objective, T>::type {
  return typename internals::inferred_for<internals::model_program<P...>,
                                          internals::guide_program<Q...>, Objective, T>::type(p, q);
}

}  // namespace variad
