#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/optim/knob.hpp>
#include <variad/runtime/schedule/schedule.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

namespace internals {

/// The largest slope that the average of squares can take, a power of two: 9e18 in float, 7e153 in
/// double.
template <class T>
inline constexpr T largest_slope = [] {
  T x = 1;
  for (int i = 0; i < std::numeric_limits<T>::max_exponent / 2 - 1; ++i) x *= 2;
  return x;
}();

/// Throws `variad::error` naming the knob that makes no sense. An epsilon that is zero in float
/// would divide zero by zero.
inline void check_adam(std::string_view rule, double beta1, double beta2, double epsilon) {
  check_decay(rule, "beta1", beta1);
  check_decay(rule, "beta2", beta2);
  if (!(epsilon >= double{std::numeric_limits<float>::min()} && std::isfinite(epsilon)))
    refuse_knob(rule, "epsilon", epsilon, "a positive number, as 1e-8");
}

/// The ascent of Adam with decoupled weight decay; a decay of zero is Adam. A step does not depend
/// on the scale of the slopes, so one whose square is out of range counts as the largest with its
/// sign: a step of about the learning rate.
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
    const V most = broadcast<V>(largest_slope<T>);
    const V found = load_as<V>(g + i);
    // What is not finite stays so: zero times it is NaN, and zero otherwise.
    const V slope = math::max(math::min(found, most), V(-most)) + found * T(0);
    const V m = b1 * load_as<V>(state[0] + i) + rest1 * slope;
    const V v = b2 * load_as<V>(state[1] + i) + rest2 * (slope * slope);
    store(state[0] + i, m);
    store(state[1] + i, v);
    store(p + i, V(keep * load_as<V>(p + i) + size * m / (math::sqrt(v) * scale + eps)));
  });
}

}  // namespace internals

/// Adam (Kingma and Ba, 2015, algorithm 1), ascending: the gradient is of an objective to be
/// maximised.
struct adam {
  schedule rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  static constexpr std::string_view name = "adam";
  static constexpr std::size_t slots = 2;  // the moving averages of the gradient and of its square

  /// Throws `variad::error` naming the knob that makes no sense.
  void check() const { internals::check_adam(name, beta1, beta2, epsilon); }

  /// One step in place. `step` counts from 1; `learning_rate` is the schedule's value; the spans
  /// and each slot have the same length. Slots start at zero.
  template <class T>
  void update(std::uint64_t step, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots> state) const {
    internals::ascend_adam(step, learning_rate, beta1, beta2, epsilon, 0.0, parameters, gradient,
                           state);
  }
};

}  // namespace variad
