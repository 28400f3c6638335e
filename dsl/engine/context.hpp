#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <variad/dsl/engine/loop_nest.hpp>
#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>

namespace variad::internals {

/// Values and adjoints of one arena: the global one, or a shard's.
template <class T>
struct arena {
  aligned_buffer<T> values;
  T* at(std::size_t offset) {
    // A context may hold nothing of its own, and is bound to no place in it.
    return values.empty() ? nullptr : values.data() + offset;
  }
};

/// What an evaluation context (the global one, or a shard) has for one latent.
template <class T>
struct latent_buffers {
  aligned_buffer<T> kept, costs, outer_weight, probe_weight, update;
  aligned_buffer<T> losses;   ///< what losses add to costs, where the costs are values of a bound
  aligned_buffer<T> adjoint;  ///< of its values, where the guide is walked back twice
};

/// How terms count: the weight of the divergence, the scale of a row of the data plate, of the
/// batch's rows together, and of what stands outside the plate.
struct term_scales {
  double divergence = 1;
  double row = 1;
  double batch = 1;
  double outside = 1;
};

template <class T>
class alternatives;

/// One context of evaluation: a shard, or what is computed once a step. Its calls are bound to its
/// buffers; rebinding for another number of rows allocates nothing.
template <class T>
struct context {
  bool global = false;
  std::size_t rows = 1;      ///< data rows now
  std::size_t capacity = 1;  ///< data rows at most
  axis_extents extent{};
  arena<T> memory;                    ///< of its own nodes
  arena<T> global_adjoints;           ///< a shard's part of the adjoints of global nodes
  arena<T> path_adjoints;             ///< the same, of the second walk back through the guide
  aligned_buffer<T> gradient;         ///< of parameters whose ops do not share it
  run_info run;                       ///< what it is run for now
  std::vector<kernel_call<T>> calls;  ///< per step
  std::vector<loop_nest> nests;       ///< ... its loops, where it is elementwise
  // Adjoints that begin at zero, and by step the first of its own.
  std::vector<std::span<T>> starts;
  std::vector<std::size_t> starts_of;
  id_vector<latent_id, draw_rows<T>> draws;
  id_vector<latent_id, kernel_call<T>> paths;  ///< of draws that are made of noise
  id_vector<latent_id, loop_nest> path_nests;
  // Of surrogates: per step the call along directions, its buffers, and zeros of what stands still.
  std::vector<kernel_call<T>> along;
  aligned_buffer<T> along_values, still;
  id_vector<latent_id, latent_buffers<T>> latents;
  std::vector<std::uint32_t> row_ids;
  std::vector<T> weight_buffer;
  std::span<T> weights{};  ///< of the data rows; empty where all are 1
  /// By latent, of those that have some.
  std::vector<std::pair<latent_id, std::unique_ptr<internals::alternatives<T>>>> alternatives;
  bool bound_once = false;
  aligned_buffer<T> scratch;
  std::vector<aligned_buffer<T>> partials;  ///< per step, of ops that couple rows
  // Where samples are weighed: log-weights, seeds and what paths count for over them, of each
  // sample; values of each datum.
  aligned_buffer<T> log_weight, sample_seed, guide_seed, path_share, bound;
  double objective = 0;
  double outside = 0;  ///< the part of the objective that stands outside the data plate
  double loss = 0;     ///< what is subtracted in training, and is no part of the objective
  node_id non_finite = node_id::none;  ///< the first term that is not finite
};

}  // namespace variad::internals
