#pragma once

#include <vector>

#include <variad/dsl/engine/binder.hpp>

namespace variad::internals {

/// Where the adjoints of a shard begin on the way back: with the step that is the first to add to
/// them. It writes them where its op can, otherwise they are set to zero before. Those of global
/// nodes begin at zero with the step.
template <class T>
class adjoint_starts {
 public:
  adjoint_starts(const program_tables<T>& tables, const binder<T>& bind);

  /// Says to each call of a context which sums begin with it, where its op can write them.
  void note(context<T>& c) const;
  /// Before the backward step s of a context: what begins with it is zero, unless it writes it.
  void clear(std::size_t s, context<T>& c, context<T>& global) const;

 private:
  const program_tables<T>& t_;
  const binder<T>& bind_;
  /// For each step, the nodes whose adjoints begin with it: those of its inputs that no later step
  /// reads, and its own if none does.
  std::vector<std::vector<node_id>> of_step_;
};

}  // namespace variad::internals
