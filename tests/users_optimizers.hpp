#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include <variad/runtime/error.hpp>
#include <variad/runtime/optim/rules.hpp>

/// Update rules as users write them, outside of the library; the first is that of
/// docs/extending.md.
namespace users {

// [LION]
/// Lion (Chen and others, "Symbolic discovery of optimization algorithms", 2023, algorithm 2).
struct lion {
  variad::schedule rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.99;

  static constexpr std::string_view name = "lion";
  static constexpr std::size_t slots = 1;  // the moving average of the gradient

  void check() const {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1))
      throw variad::error("optimizer lion: expected .beta1 and .beta2 from 0 up and below 1");
  }

  template <class T>
  void update(std::uint64_t /*step*/, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots> state) const {
    const T b1 = static_cast<T>(beta1), b2 = static_cast<T>(beta2);
    const T size = static_cast<T>(learning_rate);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const T direction = b1 * state[0][i] + (1 - b1) * gradient[i];
      parameters[i] += size * static_cast<T>((direction > 0) - (direction < 0));
      state[0][i] = b2 * state[0][i] + (1 - b2) * gradient[i];
    }
  }
};
// [/LION]

/// RMSProp (Hinton, lecture 6e of "Neural networks for machine learning", 2012), with momentum.
struct rms_prop {
  variad::schedule rate = 1e-3;
  double decay = 0.9, momentum = 0.5, epsilon = 1e-8;

  static constexpr std::string_view name = "rms_prop";
  static constexpr std::size_t slots = 2;

  void check() const {}

  template <class T>
  void update(std::uint64_t /*step*/, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots> state) const {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      T &square = state[0][i], &velocity = state[1][i];
      square =
          static_cast<T>(decay) * square + static_cast<T>(1 - decay) * gradient[i] * gradient[i];
      velocity = static_cast<T>(momentum) * velocity +
                 gradient[i] / std::sqrt(square + static_cast<T>(epsilon));
      parameters[i] += static_cast<T>(learning_rate) * velocity;
    }
  }
};

/// Plain ascent, which keeps nothing.
struct plain {
  variad::schedule rate = 1e-2;
  static constexpr std::string_view name = "plain";
  static constexpr std::size_t slots = 0;
  void check() const {}
  template <class T>
  void update(std::uint64_t, double learning_rate, std::span<T> parameters,
              std::span<const T> gradient, std::array<T*, slots>) const {
    for (std::size_t i = 0; i < parameters.size(); ++i)
      parameters[i] += static_cast<T>(learning_rate) * gradient[i];
  }
};

}  // namespace users
