#include <variad/dsl/engine/loop_nest.hpp>

namespace variad::internals {

template <class T>
loop_nest make_loop_nest(const kernel_call<T>& call) {
  const std::size_t operands = call.arity + 1;
  const auto operand = [&](std::size_t o) -> const tensor<T>& {
    return o == call.arity ? call.output : call.inputs[o];
  };
  // A plate may have one row now and then, and so may a tile of alternatives.
  std::array<loop_operand, max_inputs + 1> of;
  axes alone = 0;
  for (std::size_t o = 0; o < operands; ++o) of[o].event = operand(o).event;
  for (std::size_t a = 0; a < max_axes; ++a) {
    if (call.extent[a] == 1 && !varies_over(call.sized_by_data, a) && a != probe_axis)
      alone |= axis_bit(a);
    for (std::size_t o = 0; o < operands; ++o)
      if (operand(o).step[a] != 0) of[o].rows |= axis_bit(a);
  }
  const loop_order order = order_loops<T>(of, operands, call.domain, alone);
  loop_nest nest;
  const std::size_t inner = order.inner();
  for (std::size_t i = 0; i < order.parts.size(); ++i) {
    const loop_order::part& p = order.parts[i];
    const std::size_t extent = p.of_event
                                   ? static_cast<std::size_t>(call.domain[-static_cast<int>(p.at)])
                                   : call.extent[p.at];
    loop_nest::strides step{};
    for (std::size_t o = 0; o < operands; ++o)
      step[o] = p.of_event ? event_stride(operand(o).event, p.at) : operand(o).step[p.at];
    if (i >= inner) {
      nest.inner *= extent;
      nest.inner_step = step;
    } else {
      if (!p.joined) nest.extent[nest.loops++] = 1;
      nest.extent[nest.loops - 1] *= extent;
      nest.step[nest.loops - 1] = step;
    }
    if (p.of_event && i < inner && step[call.arity] == 0) nest.adds_up = true;
  }
  return nest;
}

template loop_nest make_loop_nest(const kernel_call<float>&);
template loop_nest make_loop_nest(const kernel_call<double>&);

}  // namespace variad::internals
