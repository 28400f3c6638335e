#pragma once

#include <variad/dsl/engine/alternatives.hpp>
#include <variad/dsl/engine/row_coupling.hpp>

namespace variad::internals {

/// Whether the estimator of latent l learns from costs in this program.
template <class T>
bool wants_costs(const program_tables<T>& t, latent_id l) {
  return t.training && t.objective.differentiates_draws &&
         t.estimators[l].probes.role != probe_role::adjoint;
}

/// Makes the buffers of contexts, and binds their calls and draws to them.
template <class T>
class context_maker {
 public:
  /// `gradient_size` is that of the gradient that each context adds to.
  context_maker(const program_tables<T>& tables, const binder<T>& bind,
                const objective_sums<T>& sums, const row_coupling<T>& coupling,
                std::size_t gradient_size)
      : t_(tables), bind_(bind), sums_(sums), coupling_(coupling), gradient_size_(gradient_size) {}

  /// Makes every allocation for up to this many data rows.
  void allocate(context<T>& c, std::size_t capacity) const;

  /// For this many data rows, at most as many as were allocated for; allocates nothing.
  void bind(context<T>& c, context<T>& global, std::size_t rows) const;

 private:
  const program_tables<T>& t_;
  const binder<T>& bind_;
  const objective_sums<T>& sums_;
  const row_coupling<T>& coupling_;
  std::size_t gradient_size_;
};

}  // namespace variad::internals
