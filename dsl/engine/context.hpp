#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>

namespace variad {

/// Walks the rows of `extent` in order and calls f(row, offsets), where offsets[i] is where the row
/// lies in the space of steps[i].
template <class F>
void walk(const axis_extents& extent, std::span<const axis_extents> steps, F&& f) {
  constexpr std::size_t most = max_latents + 2;
  std::array<std::size_t, most> offset{};
  axis_extents index{};
  std::size_t rows = 1;
  for (const std::size_t e : extent) rows *= e;
  for (std::size_t row = 0; row < rows; ++row) {
    f(row, offset);
    for (std::size_t a = max_axes; a-- > 0;) {
      if (extent[a] <= 1) continue;
      if (++index[a] < extent[a]) {
        for (std::size_t i = 0; i < steps.size(); ++i) offset[i] += steps[i][a];
        break;
      }
      index[a] = 0;
      for (std::size_t i = 0; i < steps.size(); ++i) offset[i] -= steps[i][a] * (extent[a] - 1);
    }
  }
}

/// The row layout of a set of axes: extents, and steps of rows of `size` values.
struct row_layout {
  axis_extents extent{};
  axis_extents step{};
  std::size_t rows = 1;
};

constexpr row_layout layout_of(axes a, const axis_extents& all, std::size_t size = 1) {
  row_layout l;
  std::size_t stride = size;
  for (std::size_t i = max_axes; i-- > 0;) {
    const bool has = (a >> i & 1) != 0;
    l.extent[i] = has ? all[i] : 1;
    l.step[i] = has ? stride : 0;
    stride *= l.extent[i];
  }
  l.rows = stride / size;
  return l;
}

/// Values and adjoints of one arena: the global one, or a shard's.
template <class T>
struct arena {
  aligned_buffer<T> values;
  T* at(int offset, std::size_t unit) {
    // A context may hold nothing of its own, and is bound to no place in it.
    return values.empty() ? nullptr : values.data() + static_cast<std::size_t>(offset) * unit;
  }
};

/// What an evaluation context (the global one, or a shard) has for one latent.
template <class T>
struct latent_buffers {
  aligned_buffer<T> kept, costs, outer_weight, probe_weight, update;
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
  std::vector<draw_rows<T>> draws;    ///< per latent
  // Of surrogates: per step the call along directions, its buffers, and zeros of what stands still.
  std::vector<kernel_call<T>> along;
  aligned_buffer<T> along_values, still;
  std::vector<latent_buffers<T>> latents;
  std::vector<std::uint32_t> row_ids;
  /// By latent, of those that have some.
  std::vector<std::pair<std::size_t, std::unique_ptr<variad::alternatives<T>>>> alternatives;
  bool bound_once = false;
  aligned_buffer<T> scratch;
  std::vector<aligned_buffer<T>> partials;  ///< per step, of ops that couple rows
  // Where samples are weighed: log-weights, seeds and what paths count for over them, of each
  // sample; values of each datum.
  aligned_buffer<T> log_weight, sample_seed, guide_seed, path_share, bound;
  double objective = 0;
  double outside = 0;   ///< the part of the objective that stands outside the data plate
  int non_finite = -1;  ///< the first term that is not finite
};

}  // namespace variad
