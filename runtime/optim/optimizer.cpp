#include <algorithm>
#include <cmath>

#include <variad/runtime/error.hpp>
#include <variad/runtime/optim/knob.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>
#include <variad/runtime/threads/share.hpp>

namespace variad {

void check(const optimizer& o, std::uint64_t step) {
  std::visit(
      [&]<update_rule U>(const U& rule) {
        rule.check();
        const double rate = rule.rate(step);
        if (!(rate >= 0.0 && std::isfinite(rate)))
          detail::refuse_knob(
              U::name, "rate", rate,
              "a finite number from 0 up at step " + std::to_string(step) + ", as 1e-3");
      },
      o);
}

template <class T>
void apply(const optimizer& o, optimizer_state<T>& state, std::span<T> parameters,
           std::type_identity_t<std::span<const T>> gradient, thread_pool* pool) {
  if (state.size() != parameters.size() || gradient.size() != parameters.size() ||
      state.slots() != slots_of(o)) {
    const auto found = [](std::size_t n) { return std::to_string(n); };
    throw error("optimizer " + std::string(name_of(o)) + ": found a gradient of " +
                found(gradient.size()) + " values and " + found(state.slots()) + " slots of " +
                found(state.size()) + ", expected " + found(parameters.size()) + " values and " +
                found(slots_of(o)) + " slots");
  }
  check(o, state.step);
  std::visit(
      [&]<update_rule U>(const U& rule) {
        const double rate = rule.rate(state.step);
        ++state.step;
        const auto update = [&](const share& p) {
          std::array<T*, U::slots> slots;
          for (std::size_t i = 0; i < U::slots; ++i) slots[i] = state.slot(i).data() + p.first;
          rule.update(state.step, rate, parameters.subspan(p.first, p.size()),
                      gradient.subspan(p.first, p.size()), slots);
        };
        if (pool == nullptr) {
          const flush_denormals flush;
          update({0, parameters.size()});
        } else {
          const std::size_t tasks = pool->threads();
          pool->run(tasks, [&](std::size_t t) { update(share_of(parameters.size(), t, tasks)); });
        }
      },
      o);
}

template void apply(const optimizer&, optimizer_state<float>&, std::span<float>,
                    std::span<const float>, thread_pool*);
template void apply(const optimizer&, optimizer_state<double>&, std::span<double>,
                    std::span<const double>, thread_pool*);

}  // namespace variad
