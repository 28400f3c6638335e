#pragma once

#include <cmath>
#include <span>

#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/random/normal.hpp>
#include <variad/runtime/random/uniform.hpp>

namespace variad {

/// The units that a block of parameters leads from and to.
struct fan_in_out {
  double in = 1, out = 1;
};
namespace internals {

/// Those of a matrix [in, out], or of the outermost and the innermost extent.
constexpr fan_in_out fan_of_matrix(const shape& extents) {
  if (extents.rank == 0) return {};
  return {static_cast<double>(extents[0]), static_cast<double>(extents[-1])};
}

}  // namespace internals

/// How a block of parameters begins.
struct initializer {
  enum class rule { constant, diagonal, normal, scaled_uniform } kind = rule::constant;
  double value = 0;  ///< the constant, the standard deviation, or the gain

  /// Fills a block of these extents. A scaled_uniform block is uniform in
  /// ±gain·√(6 / (fan in + fan out)).
  template <class T>
  void fill(std::span<T> out, const shape& extents, const fan_in_out& fan,
            stream_key random) const {
    switch (kind) {
      case rule::constant:
        for (T& x : out) x = static_cast<T>(value);
        break;
      case rule::diagonal: {
        const auto n = static_cast<std::size_t>(extents[-1]);
        for (std::size_t i = 0; i < out.size(); ++i)
          out[i] = i % (n * n) % (n + 1) == 0 ? static_cast<T>(value) : T(0);
        break;
      }
      case rule::normal:
        fill_normal(random, out.data(), out.size());
        for (T& x : out) x *= static_cast<T>(value);
        break;
      case rule::scaled_uniform: {
        const T bound = static_cast<T>(value * std::sqrt(6.0 / (fan.in + fan.out)));
        fill_uniform(random, out.data(), out.size());
        for (T& x : out) x = bound * (2 * x - 1);
        break;
      }
    }
  }
};

/// Every parameter begins at one value.
constexpr initializer constant(double value) { return {initializer::rule::constant, value}; }
/// One value on the diagonal of a square matrix, zero elsewhere.
constexpr initializer diagonal(double value) { return {initializer::rule::diagonal, value}; }
/// Normal with mean 0 and this standard deviation.
constexpr initializer random_normal(double deviation) {
  return {initializer::rule::normal, deviation};
}
/// Glorot and Bengio (2010): uniform in ±gain·√(6 / (fan in + fan out)).
constexpr initializer glorot_uniform(double gain = 1.0) {
  return {initializer::rule::scaled_uniform, gain};
}

}  // namespace variad
