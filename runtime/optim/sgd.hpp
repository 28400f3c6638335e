#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <variad/runtime/optim/knob.hpp>
#include <variad/runtime/schedule/schedule.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// Stochastic gradient ascent with momentum, v <- momentum v + g and p <- p + rate v, or Nesterov's
/// look-ahead p <- p + rate (g + momentum v) (Sutskever et al., "On the importance of
/// initialization and momentum", 2013). The gradient is of an objective to be maximised.
struct sgd {
  schedule rate = 1e-2;
  double momentum = 0.0;
  bool nesterov = false;

  static constexpr std::string_view name = "sgd";
  static constexpr std::size_t slots = 1;  // the velocity

  /// Throws `variad::error` naming the knob that makes no sense.
  void check() const { internals::check_decay(name, "momentum", momentum); }

  /// One step in place. `learning_rate` is the schedule's value; the spans and the slot have the
  /// same length. The slot starts at zero.
  template <class T>
  void update(std::uint64_t /*step*/, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots> state) const {
    const T size = static_cast<T>(learning_rate), inertia = static_cast<T>(momentum);
    const T ahead = nesterov ? inertia : T(1), here = nesterov ? T(1) : T(0);
    T* const p = parameters.data();
    const T* const g = gradient.data();
    internals::for_each_vector<T>(parameters.size(), [&]<class V>(std::size_t i) {
      const V slope = internals::load_as<V>(g + i);
      const V velocity = inertia * internals::load_as<V>(state[0] + i) + slope;
      internals::store(state[0] + i, velocity);
      internals::store(p + i,
                       V(internals::load_as<V>(p + i) + size * (here * slope + ahead * velocity)));
    });
  }
};

}  // namespace variad
