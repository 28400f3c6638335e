#include <variad/runtime/error.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>

namespace variad {

template <class T>
void apply(const optimizer& o, optimizer_state<T>& state, std::span<T> parameters,
           std::type_identity_t<std::span<const T>> gradient) {
  if (state.size() != parameters.size() || gradient.size() != parameters.size() ||
      state.slots() != slots_of(o)) {
    const auto found = [](std::size_t n) { return std::to_string(n); };
    throw error("optimizer " + std::string(name_of(o)) + ": found a gradient of " +
                found(gradient.size()) + " values and " + found(state.slots()) + " slots of " +
                found(state.size()) + ", expected " + found(parameters.size()) + " values and " +
                found(slots_of(o)) + " slots");
  }
  const flush_denormals flush;
  std::visit(
      [&]<update_rule U>(const U& rule) {
        std::array<T*, U::slots> slots;
        for (std::size_t i = 0; i < U::slots; ++i) slots[i] = state.slot(i).data();
        const double rate = rule.rate(state.step);
        rule.update(++state.step, rate, parameters, gradient, slots);
      },
      o);
}

template void apply(const optimizer&, optimizer_state<float>&, std::span<float>,
                    std::span<const float>);
template void apply(const optimizer&, optimizer_state<double>&, std::span<double>,
                    std::span<const double>);

}  // namespace variad
