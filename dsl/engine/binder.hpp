#pragma once

#include <variad/dsl/engine/parameter_gradient.hpp>

namespace variad::internals {

/// Binds the calls and draws of a program to the buffers of a context.
template <class T>
class binder {
 public:
  binder(const program_tables<T>& tables, const node_values& values, const state_places<T>& places,
         std::span<T> parameters, parameter_gradient<T>& gradient)
      : t_(tables),
        values_(values),
        places_(places),
        parameters_(parameters),
        gradient_(gradient) {}

  bool is_global(node_id i) const { return !varies_over(node_at(i).axes, t_.data_plate); }
  const node& node_at(node_id i) const { return t_.nodes[i]; }

  /// How many rows the plates have that take their sizes from the data, and are not cut into
  /// batches; those of stated size have these.
  void set_groups(const plate_rows& rows);
  const plate_rows& groups() const { return groups_; }
  /// Values of the global arena, and of the adjoints of its nodes.
  global_sizes global_arena() const { return arena_; }

  /// Extents of all axes for a number of data rows.
  axis_extents extents(std::size_t rows) const;

  /// The buffer of a node as seen from a context; global nodes lie in the global context.
  tensor<T> view(node_id i, context<T>& c, context<T>& global) const;

  void bind_call(const step& s, context<T>& c, context<T>& global, kernel_call<T>& call) const;

  void bind_draw(latent_id l, context<T>& c, context<T>& global, draw_rows<T>& d) const;

  /// The values of a draw that is bound, as made of its noise and parameters.
  void bind_path(latent_id l, const draw_rows<T>& d, kernel_call<T>& call) const;

  /// Whether the samples of a context are weighed: weights are of rows of the data plate, or of
  /// everything where there is none.
  bool weighs(const context<T>& c) const {
    return t_.objective.weighs_samples && c.global == !exists(t_.data_plate);
  }

  /// Axes of the values of an objective that weighs samples, without and with the samples inside.
  axes bound_axes() const;
  axes sample_axes() const { return bound_axes() | axis_bit(importance_axis); }

  /// Values of scratch that the draws of the program need, and reading the parameters of its
  /// densities: as large as the largest of their sites.
  std::size_t scratch_values() const;

  /// Alternatives whose costs a latent wants, beside the values that the graph itself evaluates.
  std::size_t cost_probes(latent_id l) const;

 private:
  /// Axes of plates whose rows the data say.
  axes sized_by_data() const;
  void bind_parameters(node_id i, context<T>& c,
                       std::array<parameter_block<T>, max_parameters>& blocks) const;
  /// Values of scratch for the parameters of a draw or density, and for its estimator.
  std::size_t parameter_scratch(const node& n) const;

  const program_tables<T>& t_;
  const node_values& values_;
  const state_places<T>& places_;
  std::span<T> parameters_;
  parameter_gradient<T>& gradient_;
  plate_rows groups_{};
  id_array<plate_id, global_sizes, max_plates> begins_{};  ///< of their parts of the global arena
  global_sizes arena_{};
};

}  // namespace variad::internals
