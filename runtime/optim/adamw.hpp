#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <variad/runtime/optim/adam.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay
/// regularization", 2019, algorithm 2, with the decay scaled by the learning rate), ascending: the
/// gradient is of an objective to be maximised.
struct adamw {
  schedule rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;

  static constexpr std::string_view name = "adamw";
  static constexpr std::size_t slots = 2;  // the moving averages of the gradient and of its square

  /// Throws `variad::error` naming the knob that makes no sense.
  void check() const {
    internals::check_adam(name, beta1, beta2, epsilon);
    if (!(weight_decay >= 0.0 && std::isfinite(weight_decay)))
      internals::refuse_knob(name, "weight_decay", weight_decay,
                             "a finite number from 0 up, as 1e-2");
  }

  /// One step in place. `step` counts from 1; `learning_rate` is the schedule's value; the spans
  /// and each slot have the same length. Slots start at zero.
  template <class T>
  void update(std::uint64_t step, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots> state) const {
    internals::ascend_adam(step, learning_rate, beta1, beta2, epsilon, weight_decay, parameters,
                           gradient, state);
  }
};

}  // namespace variad
