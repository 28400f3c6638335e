#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/engine/loop_order.hpp>

namespace variad::internals {

/// The loops of an elementwise call over rows and event, made when the call is bound. Operand
/// `arity` is the output.
struct loop_nest {
  static constexpr std::size_t max_loops = loop_order::max_loops;
  using strides = std::array<std::size_t, max_inputs + 1>;

  std::size_t loops = 0;  ///< outer loops
  std::array<std::size_t, max_loops> extent{};
  std::array<strides, max_loops> step{};
  std::size_t inner = 1;  ///< elements of the innermost loop
  strides inner_step{};   ///< from one to the next; 0 where the operand does not change
  bool adds_up = false;   ///< a sum over the event takes several passes
};

/// The loops of a call over float or double.
template <class T>
loop_nest make_loop_nest(const kernel_call<T>& call);

}  // namespace variad::internals
