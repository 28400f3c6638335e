#pragma once

#include <algorithm>
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

  /// Makes room for what `note` finds.
  void reserve(context<T>& c) const;
  /// Says to each call of a context which sums begin with it, where its op can write them, and
  /// notes the others. Allocates nothing.
  void note(context<T>& c, context<T>& global) const;
  /// Before the backward step s of a context: what begins with it is zero, unless it writes it.
  static void clear(std::size_t s, context<T>& c) {
    for (std::size_t i = c.starts_of[s]; i < c.starts_of[s + 1]; ++i)
      std::fill(c.starts[i].begin(), c.starts[i].end(), T(0));
  }

 private:
  /// Whether step s writes the adjoint of node i, whatever it holds.
  bool writes(std::size_t s, node_id i, const kernel_call<T>& call) const;

  const program_tables<T>& t_;
  const binder<T>& bind_;
  /// For each step, the nodes whose adjoints begin with it: those of its inputs that no later step
  /// reads, and its own if none does.
  std::vector<std::vector<node_id>> of_step_;
};

}  // namespace variad::internals
