#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/schedule/schedule.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

namespace detail {

/// The ascent of Adam with decoupled weight decay; a decay of zero is Adam.
template <class T>
void ascend_adam(std::uint64_t step, double rate, double beta1, double beta2, double epsilon,
                 double weight_decay, std::span<T> parameters, std::span<const T> gradient,
                 std::array<T*, 2> state) {
  const double t = static_cast<double>(step);
  const T b1 = static_cast<T>(beta1), b2 = static_cast<T>(beta2), eps = static_cast<T>(epsilon);
  const T rest1 = static_cast<T>(1.0 - beta1), rest2 = static_cast<T>(1.0 - beta2);
  const T size = static_cast<T>(rate / (1.0 - std::pow(beta1, t)));
  const T scale = static_cast<T>(1.0 / std::sqrt(1.0 - std::pow(beta2, t)));
  const T keep = static_cast<T>(1.0 - rate * weight_decay);
  T* const p = parameters.data();
  const T* const g = gradient.data();
  for_each_vector<T>(parameters.size(), [&]<class V>(std::size_t i) {
    const V slope = load_as<V>(g + i);
    const V m = b1 * load_as<V>(state[0] + i) + rest1 * slope;
    const V v = b2 * load_as<V>(state[1] + i) + rest2 * (slope * slope);
    store(state[0] + i, m);
    store(state[1] + i, v);
    store(p + i, V(keep * load_as<V>(p + i) + size * m / (math::sqrt(v) * scale + eps)));
  });
}

}  // namespace detail

/// Adam (Kingma and Ba, 2015, algorithm 1), ascending: the gradient is of an objective to be
/// maximised.
struct adam {
  schedule rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  static constexpr std::string_view name = "adam";
  static constexpr std::size_t slots = 2;  // the moving averages of the gradient and of its square

  /// One step in place. `step` counts from 1; `learning_rate` is the schedule's value; the spans
  /// and each slot have the same length. Slots start at zero.
  template <class T>
  void update(std::uint64_t step, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots> state) const {
    detail::ascend_adam(step, learning_rate, beta1, beta2, epsilon, 0.0, parameters, gradient,
                        state);
  }
};

}  // namespace variad
