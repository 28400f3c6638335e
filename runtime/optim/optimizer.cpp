#include <cmath>
#include <string>

#include <variad/runtime/error.hpp>
#include <variad/runtime/optim/knob.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>
#include <variad/runtime/threads/share.hpp>

namespace variad {

void optimizer::check(std::uint64_t step) const {
  rule_->check();
  const double rate = rule_->rate(step);
  if (!(rate >= 0.0 && std::isfinite(rate)))
    internals::refuse_knob(
        name(), "rate", rate,
        "a finite number from 0 up at step " + std::to_string(step) + ", as 1e-3");
}

template <class T>
void optimizer::ascend(internals::optimizer_state<T>& state, std::span<T> parameters,
                       std::type_identity_t<std::span<const T>> gradient,
                       internals::thread_pool* pool) const {
  if (state.size() != parameters.size() || gradient.size() != parameters.size() ||
      state.slots() != slots()) {
    const auto found = [](std::size_t n) { return std::to_string(n); };
    throw error("optimizer " + std::string(name()) + ": found a gradient of " +
                found(gradient.size()) + " values and " + found(state.slots()) + " slots of " +
                found(state.size()) + ", expected " + found(parameters.size()) + " values and " +
                found(slots()) + " slots");
  }
  check(state.step);
  const double rate = rule_->rate(state.step);
  ++state.step;
  const auto update = [&](const internals::share& p) {
    rule_->update(rate, parameters.subspan(p.first, p.size()), gradient.subspan(p.first, p.size()),
                  state, p.first);
  };
  if (pool == nullptr) {
    const internals::flush_denormals flush;
    update({0, parameters.size()});
  } else {
    const std::size_t tasks = pool->threads();
    pool->run(tasks,
              [&](std::size_t t) { update(internals::share_of(parameters.size(), t, tasks)); });
  }
}

template void optimizer::ascend(internals::optimizer_state<float>&, std::span<float>,
                                std::span<const float>, internals::thread_pool*) const;
template void optimizer::ascend(internals::optimizer_state<double>&, std::span<double>,
                                std::span<const double>, internals::thread_pool*) const;

}  // namespace variad
