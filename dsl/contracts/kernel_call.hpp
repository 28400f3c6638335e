#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <variad/dsl/contracts/rows.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/threads/share.hpp>
#include <variad/runtime/threads/thread_pool.hpp>
#include <variad/runtime/training/carried.hpp>

namespace variad {

namespace internals {

struct loop_nest;

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
  T* gradient = nullptr;  ///< to add to; null where the op shares it
  variad::shape extents{};
  std::size_t size = 0;  ///< of all rows together, where it has values for each
};

}  // namespace internals

/// Where the values of one part of a gradient begin, by block of parameters.
template <class T>
using gradient_places = std::array<T*, internals::max_parameters>;
/// The values of a block that belong to a part: `first` and `last`, which is none of them.
using gradient_range = internals::share;

/// Everything that one evaluation of an op touches.
template <class T>
struct kernel_call {
  using tensor = internals::tensor<T>;

  const void* op = nullptr;          ///< the op's value
  internals::axis_extents extent{};  ///< extents of the rows of the output, outermost first
  std::size_t rows = 0;              ///< their product
  tensor output;
  std::array<tensor, internals::max_inputs> inputs{};
  std::size_t arity = 0;
  std::array<internals::parameter_block<T>, internals::max_parameters> parameters{};
  std::array<const void*, internals::max_chain>
      members{};                                 ///< the values of the ops of a fused chain
  const std::uint32_t* row_ids = nullptr;        ///< the data rows, where parameters are per row
  std::size_t plate_axis = internals::max_axes;  ///< the axis that row_ids number
  std::uint32_t sized_by_data = 0;               ///< axes whose extents the data say, a bit each
  variad::shape domain{};                        ///< the event that the op works through
  const internals::loop_nest* nest = nullptr;    ///< of an elementwise op, its loops
  /// Of an op that takes the rows of a plate together, or some of them: their axis in the input,
  /// and their number.
  std::size_t reduced_axis = internals::max_axes, reduced_extent = 1;
  const internals::run_info* run = nullptr;
  T* scratch = nullptr;  ///< as many values as the op's scratch_size asks for
  /// Of an op of a surrogate: the same call with derivatives along a direction in place of values
  /// and adjoints (surrogate_pass.hpp).
  const kernel_call* along = nullptr;
  T* partial = nullptr;  ///< of an op that couples rows: what those of this context add up to
  /// For ops that say `begins_sums`: inputs, by bit, whose adjoints this call is the first to add
  /// to. It writes them, whatever they hold.
  std::uint32_t begins_adjoints = 0;

  /// Whether this is a training step, and not the value of the objective or of nodes.
  bool trains() const { return run->what == internals::purpose::gradient; }

  /// Whether the adjoint of input i begins here.
  bool begins(std::size_t i) const { return (begins_adjoints >> i & 1) != 0; }

  /// Whether the rows of input i are those of the output, in the same order.
  bool same_rows(std::size_t i) const {
    for (std::size_t a = 0; a < internals::max_axes; ++a)
      if (extent[a] > 1 && inputs[i].step[a] * output.size != output.step[a] * inputs[i].size)
        return false;
    return true;
  }
};

/// Walks the rows of a call and calls f(row, at), where at[i] is where the row of input i lies.
template <class T, class F>
void for_each_row(const kernel_call<T>& call, F&& f) {
  internals::walk<internals::max_inputs>(
      call.extent, internals::max_axes, call.arity,
      [&](std::size_t i, std::size_t a) { return call.inputs[i].step[a]; }, f);
}

}  // namespace variad
