#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>

namespace variad::internals {

/// The loops of an elementwise call over rows and event, with neighbouring loops joined where every
/// operand walks through them evenly. Operand `arity` is the output.
struct loop_nest {
  static constexpr std::size_t max_loops = max_axes + shape::max_rank;
  using strides = std::array<std::size_t, max_inputs + 1>;

  std::size_t loops = 0;  ///< outer loops
  std::array<std::size_t, max_loops> extent{};
  std::array<strides, max_loops> step{};
  std::size_t inner = 1;  ///< elements of the innermost loop
  strides inner_step{};   ///< 1, or 0 where the operand does not change
};

/// The loops of a call over float or double.
template <class T>
loop_nest make_loop_nest(const kernel_call<T>& call);

}  // namespace variad::internals
