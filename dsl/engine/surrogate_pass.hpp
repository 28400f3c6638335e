#pragma once

#include <variad/dsl/engine/binder.hpp>

namespace variad::internals {

/// The second way through the networks of estimators that read the value of their draw: surrogates,
/// whose parameters learn from the derivative of a gradient.
///
/// The way back comes to a surrogate before its draw, with the seeds that the estimator states, and
/// leads to the derivative of the surrogate in the value. The draw's pull_back makes its gradient
/// of that, and says which way, in each row, its own derivative is wanted along. Then the steps
/// that vary with the value run once more, forward with derivatives along these directions in place
/// of values, and back with those of the adjoints (forward over reverse, dual.hpp). What they lead
/// to is the adjoint of everything else in the network, and its way back goes on as any.
template <class T>
class surrogate_pass {
 public:
  surrogate_pass(const program_tables<T>& tables, const binder<T>& bind);

  /// Makes the buffers of a context for its capacity.
  void allocate(context<T>& c) const;
  /// Binds the calls along directions, after the calls themselves.
  void bind(context<T>& c, context<T>& global) const;

  /// Whether step s is the last of a surrogate: its adjoints are what the estimator states.
  bool ends_with(std::size_t s) const;
  /// Before those are stated: directions and the derivatives of adjoints begin at zero.
  void begin(context<T>& c, latent_id l) const;
  /// After the draw's pull_back.
  void run(context<T>& c, latent_id l) const;

 private:
  const node& node_of(std::size_t s) const { return bind_.node_at(t_.steps[s].node); }
  /// Values of a step's output in a context, a multiple of what vectors are aligned to.
  std::size_t size_of(std::size_t s, const context<T>& c) const;

  const program_tables<T>& t_;
  const binder<T>& bind_;
  id_vector<latent_id, std::vector<std::size_t>> steps_;  ///< those that vary with its value
};

}  // namespace variad::internals
