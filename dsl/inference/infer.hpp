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
/// No problem but one that was said.
struct said_before {};
/// Nothing is resolved for an objective that does not keep its contract, or where a family does not
/// take its parameters.
template <class Model, class Guide, class Objective, class T>
struct inferred_for : inferred<inference<Model, Guide, Objective, T>> {};
template <class Model, class Guide, class Objective, class T>
requires(fault_of_objective<Objective>() !=
         objective_fault::none) struct inferred_for<Model, Guide, Objective, T> {
  using type = unresolved<problem::unsound_objective<Objective>>;
};

template <class... P, class... Q, class Objective, class T>
requires(fault_of_objective<Objective>() == objective_fault::none &&
         ((is_mistaken<P> || ...) ||
          (is_mistaken<Q> ||
           ...))) struct inferred_for<model_program<P...>, guide_program<Q...>, Objective, T> {
  using type = unresolved<said_before>;
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
/// Anything else is an error that says what it takes.
template <class Objective, class T = float, class... P, class... Q>
auto infer(const internals::guide_program<Q...>&, const internals::model_program<P...>&)
    -> internals::unresolved<internals::problem::guide_before_model<Objective>> {
  return {};
}
template <class Objective, class T = float, class... A>
auto infer(const A&...) -> internals::unresolved<internals::problem::no_guide<Objective>> {
  return {};
}
template <template <int...> class Objective, class... A>
auto infer(const A&...)
    -> internals::unresolved<internals::problem::objective_without_number<Objective<1>>> {
  return {};
}

}  // namespace variad
