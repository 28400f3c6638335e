#pragma once

#include <array>
#include <span>
#include <string_view>

#include <variad/dsl/syntax/op_traits.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad::ops {

/// An op of N inputs that works element by element, with broadcasting. It states its rule once,
/// generic in the value type (a scalar, a SIMD batch, a dual number):
///
///     template <class V> V forward(const std::array<V, N>& x) const;
///     template <class V> std::array<V, N> derivative(const std::array<V, N>& x, const V& y) const;
///
/// where derivative gives the partial derivatives of y = forward(x).
template <std::size_t N>
struct elementwise {
  static constexpr op_traits traits{};
  static constexpr std::size_t elementwise_arity = N;
  static constexpr shape event(std::span<const shape> inputs) {
    shape out;
    for (const shape& s : inputs) out = broadcast(out, s);
    return out;
  }
};

/// An elementwise op whose results are summed over the event: a log-density, an entropy.
template <std::size_t N>
struct summed : elementwise<N> {
  static constexpr op_traits traits{.sums_event = true};
  static constexpr shape event(std::span<const shape> inputs) {
    return elementwise<N>::event(inputs).valid ? shape_of() : shape::invalid();
  }
};

template <class Op>
concept elementwise_op = requires {
  Op::elementwise_arity;
};

}  // namespace variad::ops
