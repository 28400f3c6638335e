#include <variad/dsl/engine/loop_nest.hpp>

namespace variad::internals {
namespace {

/// The stride of event axis `back` (1 is the last) of an operand within the domain.
constexpr std::size_t event_stride(const shape& event, int back) {
  if (back > event.rank || event[-back] == 1) return 0;
  std::size_t stride = 1;
  for (int i = 1; i < back; ++i) stride *= static_cast<std::size_t>(event[-i]);
  return stride;
}

}  // namespace

template <class T>
loop_nest make_loop_nest(const kernel_call<T>& call) {
  loop_nest nest;
  const std::size_t operands = call.arity + 1;
  std::size_t count = 0;
  const auto operand = [&](std::size_t o) -> const tensor<T>& {
    return o == call.arity ? call.output : call.inputs[o];
  };
  const auto push = [&](std::size_t extent, const loop_nest::strides& step) {
    if (extent == 1) return;
    if (count > 0) {
      bool even = true;
      for (std::size_t o = 0; o < operands; ++o)
        even = even && nest.step[count - 1][o] == step[o] * extent;
      if (even) {
        nest.extent[count - 1] *= extent;
        nest.step[count - 1] = step;
        return;
      }
    }
    nest.extent[count] = extent;
    nest.step[count++] = step;
  };
  for (std::size_t a = 0; a < max_axes; ++a) {
    if (call.extent[a] == 1) continue;
    loop_nest::strides step{};
    for (std::size_t o = 0; o < operands; ++o) step[o] = operand(o).step[a];
    push(call.extent[a], step);
  }
  for (int back = call.domain.rank; back >= 1; --back) {
    loop_nest::strides step{};
    for (std::size_t o = 0; o < operands; ++o) step[o] = event_stride(operand(o).event, back);
    push(static_cast<std::size_t>(call.domain[-back]), step);
  }
  if (count == 0) return nest;
  nest.loops = count - 1;
  nest.inner = nest.extent[count - 1];
  nest.inner_step = nest.step[count - 1];
  return nest;
}

template loop_nest make_loop_nest(const kernel_call<float>&);
template loop_nest make_loop_nest(const kernel_call<double>&);

}  // namespace variad::internals
