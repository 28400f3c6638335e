#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/one_site.hpp>
#include <variad/dsl/passes/memory.hpp>
#include <variad/dsl/passes/one_site.hpp>

namespace variad::internals {

/// The events of the inputs of a node, as shape rules take them.
struct input_events {
  short_list<shape, max_inputs> events;
  input_events(const id_span<node_id, const node>& nodes, const node& n) {
    for (const node_id in : n.inputs) events.push_back(nodes[in].event);
  }
  operator std::span<const shape>() const { return {events.begin(), events.size()}; }
};

/// By node what its token carries: the value of its op, or the estimator of its draw.
using node_values = id_vector<node_id, const void*>;

/// The code of one step: what an op does forward and backward.
template <class T>
struct kernel {
  void (*forward)(const kernel_call<T>&) = nullptr;
  void (*pull_back)(const kernel_call<T>&) = nullptr;
  // Of an op or a likelihood with one-site alternatives; see op.hpp.
  void (*one_site_update)(const one_site_call<T>&) = nullptr;
  const T* (*one_site_rows)(const kernel_call<T>&) = nullptr;
  void (*row_differences)(const row_difference_call<T>&) = nullptr;
  /// Whether pull_back writes the sums that begin with it: kernel_call::begins_adjoints.
  bool begins_sums = false;
  // Of an op of a surrogate: what both do to the derivatives along a direction, call.along.
  void (*forward_along)(const kernel_call<T>&) = nullptr;
  void (*pull_back_along)(const kernel_call<T>&) = nullptr;
  // Of an op that shares the gradient of its parameters: how many parts, and one of them.
  std::size_t (*gradient_parts)(std::span<const shape> inputs) = nullptr;
  gradient_range (*gradient_part)(std::size_t part, std::size_t block,
                                  std::span<const shape> inputs) = nullptr;
  bool (*add_gradient)(const kernel_call<T>&, std::size_t part, const gradient_places<T>& to,
                       bool begins) = nullptr;
  /// Values of scratch that the op wants for a number of rows, forward and backward.
  std::size_t (*scratch_size)(std::size_t rows, std::span<const shape> inputs) = nullptr;
  // Of an op that couples the rows of a batch: each context writes a part, the parts are put
  // together, and only then does the op itself run.
  std::size_t (*partial_size)(const shape& event) = nullptr;
  void (*gather)(const kernel_call<T>&) = nullptr;
  void (*join)(const shape& event, T* part, const T* next) = nullptr;
  void (*merge)(const kernel_call<T>&, const T* all) = nullptr;
  void (*gather_back)(const kernel_call<T>&) = nullptr;
  void (*merge_back)(const kernel_call<T>&, const T* all) = nullptr;
  /// Makes what an op carries from step to step.
  carried_object<T> (*make_state)(const void* op, const shape& event,
                                  std::string_view name) = nullptr;
  /// The initial value of parameter block i of the op.
  initializer (*initial)(const void* op, std::size_t i) = nullptr;
  /// The units that it leads from and to; null: its first and its last extent.
  fan_in_out (*fan)(std::size_t i, std::span<const shape> inputs) = nullptr;
};

/// The code of one draw: its estimator applied to its family.
template <class T>
struct draw_code {
  void (*propose)(const void* estimator, draw_rows<T>&) = nullptr;
  void (*pull_back)(const void* estimator, draw_rows<T>&) = nullptr;
  void (*seed_network)(const void* estimator, draw_rows<T>&) = nullptr;
  void (*probe)(const void* estimator, draw_rows<T>&, std::size_t row, std::size_t p,
                T* out) = nullptr;
  void (*set_site)(T* value, std::size_t variable, std::size_t category) = nullptr;
  std::size_t (*site)(const T* value, std::size_t variable) = nullptr;
  void (*commit)(const void* estimator, std::span<T> state, std::span<const T> update) = nullptr;
  // Where values are made of noise element by element: of all rows, and the way back.
  void (*move)(const kernel_call<T>&) = nullptr;
  void (*move_back)(const kernel_call<T>&) = nullptr;
};

/// What a family makes of its parameters, row by row, as code: means, or draws.
template <class T>
struct family_code {
  std::size_t parameter_count = 0;
  /// The event of a value and of a parameter, of variables declared so.
  shape (*value_shape)(const shape& declared) = nullptr;
  shape (*parameter_shape)(std::size_t i, const shape& declared) = nullptr;
  /// Of all rows, one after the other, `size` values each.
  void (*write)(draw_rows<T>& rows, T* out, std::size_t size) = nullptr;
  /// Makes of values in `rows.value` those given what is known of the data.
  void (*condition)(draw_rows<T>& rows) = nullptr;
};

/// Rows of each plate: what it states, or what the data say. That of the data plate is not asked
/// for.
using plate_rows = id_array<plate_id, std::size_t, max_plates>;

/// A resolved program as data: what the passes found out, and the code of its steps. The engine
/// runs it; one engine serves every program of a value type.
template <class T>
struct program_tables {
  id_span<node_id, const node> nodes;
  std::span<const step> steps;
  id_span<latent_id, const latent_info> latents;
  id_span<latent_id, const estimator_info> estimators;
  id_span<plate_id, const plate_info> plates;
  id_span<latent_id, const one_site_path> one_site;
  id_span<node_id, const std::size_t> value_offset, adjoint_offset;
  std::span<const kernel<T>> kernels;  ///< per step
  id_span<latent_id, const draw_code<T>> draws;
  /// Of programs that values are read from: a draw of a latent of a plate sized by the data from
  /// its prior, whose parameters are those of the density; without code where there is none.
  id_span<latent_id, const family_code<T>> prior_draws;
  /// By node the op or the estimator that the compiler added; null where a token carries its own.
  id_span<node_id, const void* const> added;
  global_sizes global{};
  id_span<plate_id, const global_sizes> groups;  ///< per row of plates sized by the data
  std::size_t datum_size = 0;
  plate_id data_plate = plate_id::none;
  objective_traits objective;
  objective_code<T> weighing;
  bool training = true;
  bool ancestral = false;  ///< the model read as its own guide

  /// Whether a plate takes its size from the data and is not cut into batches.
  bool is_group(plate_id p) const { return plates[p].size == 0 && p != data_plate; }
  /// Whether bounds are means over data rows: where the data say how many there are. Elsewhere
  /// they are of everything together.
  bool bound_is_per_datum() const { return exists(data_plate) && plates[data_plate].size == 0; }
};

}  // namespace variad::internals
