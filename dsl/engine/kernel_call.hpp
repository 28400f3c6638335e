#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/threads/thread_pool.hpp>
#include <variad/runtime/training/carried.hpp>

namespace variad {

/// Most axes that rows vary over: replicate, importance, plates, enumerated latents, probe.
inline constexpr std::size_t max_axes = 10;
/// Most inputs of one op.
inline constexpr std::size_t max_inputs = 8;
/// Most parameter blocks of one op, or of the network of an estimator.
inline constexpr std::size_t max_parameters = 8;

using axis_extents = std::array<std::size_t, max_axes>;

/// What a program is run for: a training step, the value of the objective, or values of nodes.
enum class purpose { gradient, bound, values };

/// One run of a program, as ops that keep a state or draw random numbers see it.
struct run_info {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  purpose what = purpose::values;
  thread_pool* pool = nullptr;  ///< idle threads, for what is computed once a step
};

/// The buffer of a node as a kernel sees it: rows over axes, each row one event, densely packed.
template <class T>
struct tensor {
  T* value = nullptr;
  T* adjoint = nullptr;  ///< null where no adjoint is wanted
  variad::shape event{};
  std::size_t size = 1;   ///< elements of one event
  axis_extents step{};    ///< elements from one row to the next along an axis; 0 where constant
  void* state = nullptr;  ///< what the op that computes it keeps from run to run
};

/// A block of parameters that an op owns.
template <class T>
struct parameter_block {
  const T* value = nullptr;
  T* gradient = nullptr;
  variad::shape extents{};
};

/// Everything that one evaluation of an op touches.
template <class T>
struct kernel_call {
  const void* op = nullptr;  ///< the op's value
  axis_extents extent{};     ///< extents of the rows of the output, outermost first
  std::size_t rows = 0;      ///< their product
  tensor<T> output;
  std::array<tensor<T>, max_inputs> inputs{};
  std::size_t arity = 0;
  std::array<parameter_block<T>, max_parameters> parameters{};
  std::array<const void*, 32> members{};   ///< the values of the ops of a fused chain
  const std::uint32_t* row_ids = nullptr;  ///< the data rows, where parameters are per row
  std::size_t plate_axis = max_axes;       ///< the axis that row_ids number
  variad::shape domain{};                  ///< the event that the op works through
  /// Of an op that takes the rows of a plate together: their axis in the input, and their number.
  std::size_t reduced_axis = max_axes, reduced_extent = 1;
  const run_info* run = nullptr;
  T* scratch = nullptr;  ///< as many values as the op's scratch_size asks for
  T* partial = nullptr;  ///< of an op that couples rows: what those of this context add up to
  /// For ops that say `begins_sums`: inputs, by bit, whose adjoints this call is the first to add
  /// to. It writes them, whatever they hold.
  std::uint32_t begins_adjoints = 0;

  /// Whether the adjoint of input i begins here.
  bool begins(std::size_t i) const { return (begins_adjoints >> i & 1) != 0; }

  /// Whether the rows of input i are those of the output, in the same order.
  bool same_rows(std::size_t i) const {
    for (std::size_t a = 0; a < max_axes; ++a)
      if (extent[a] > 1 && inputs[i].step[a] * output.size != output.step[a] * inputs[i].size)
        return false;
    return true;
  }
};

/// An op that keeps something from run to run, `Op::state<T>`: it is made from the op, its
/// output's event and its name, and its `values()` are all that it carries: they go into
/// checkpoints, and begin a run as they are made. The op finds its own as `call.output.state`, a
/// reader as that of its input.
template <class Op, class T>
concept stateful_op = requires(typename Op::template state<T>& s) {
  { s.values() } -> std::same_as<std::vector<carried_values<T>>>;
};

/// An op whose rows depend on each other in a training step, through sums over the batch: `gather`
/// writes the part of the rows of one call to `call.partial`, of `partial_size(event)` values,
/// `merge` puts the parts of all calls together in the op's state; then `forward` runs. On the way
/// back the same with `gather_back` and `merge_back` before `pull_back`.
template <class Op, class T>
concept row_coupling_op = stateful_op<Op, T> &&
    requires(const kernel_call<T>& call, std::span<const T* const> partials) {
  Op::partial_size(shape{});
  Op::gather(call);
  Op::merge(call, partials);
  Op::gather_back(call);
  Op::merge_back(call, partials);
};

/// An op whose `pull_back` leaves the gradient of its parameters to `add_gradient`, which runs once
/// the way back is over: for each part by itself, on one thread, and for the calls of all shards in
/// order. The first one `begins`: it writes the part, whatever that holds.
template <class Op, class T>
concept shared_gradient_op = requires(const kernel_call<T>& call) {
  { Op::gradient_parts(std::span<const shape>{}) } -> std::same_as<std::size_t>;
  Op::add_gradient(call, std::size_t{}, bool{});
};

/// Walks the rows of a call in order, keeping the element offsets of the output and the inputs.
template <class T, class F>
void for_each_row(const kernel_call<T>& call, F&& f) {
  std::array<std::size_t, max_inputs> offset{};
  axis_extents index{};
  for (std::size_t row = 0; row < call.rows; ++row) {
    f(row, offset);
    for (std::size_t a = max_axes; a-- > 0;) {
      if (call.extent[a] <= 1) continue;
      if (++index[a] < call.extent[a]) {
        for (std::size_t i = 0; i < call.arity; ++i) offset[i] += call.inputs[i].step[a];
        break;
      }
      index[a] = 0;
      for (std::size_t i = 0; i < call.arity; ++i)
        offset[i] -= call.inputs[i].step[a] * (call.extent[a] - 1);
    }
  }
}

}  // namespace variad
