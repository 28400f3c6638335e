#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>

namespace variad {

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

/// Calls f(offsets) for every iteration of the outer loops.
template <class F>
void for_each_inner(const loop_nest& nest, std::size_t operands, F&& f) {
  loop_nest::strides offset{};
  std::array<std::size_t, loop_nest::max_loops> index{};
  for (;;) {
    f(offset);
    std::size_t l = nest.loops;
    while (l-- > 0) {
      if (++index[l] < nest.extent[l]) {
        for (std::size_t o = 0; o < operands; ++o) offset[o] += nest.step[l][o];
        break;
      }
      index[l] = 0;
      for (std::size_t o = 0; o < operands; ++o)
        offset[o] -= nest.step[l][o] * (nest.extent[l] - 1);
    }
    if (l == static_cast<std::size_t>(-1)) return;
  }
}

}  // namespace variad
