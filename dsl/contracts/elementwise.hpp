#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <variad/dsl/syntax/op_traits.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/runtime/math/dual.hpp>

namespace variad::ops {

using namespace internals;

/// An op of N inputs that works element by element, with broadcasting. It is its function, generic
/// in the value type (a scalar, a SIMD batch, a dual number):
///
///     template <class V> V forward(const std::array<V, N>& x) const;
///
/// Its partial derivatives are derived from it. A rule of its own stands beside it where that is
/// faster, since it has y = forward(x) already, or where a kink or an infinite slope wants another
/// value than the derived one:
///
///     template <class V> std::array<V, N> derivative(const std::array<V, N>& x, const V& y) const;
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

/// The partial derivatives of `op` in the inputs x by forward mode, of those that are wanted (a bit
/// each); the others are 0. Flattened, so that the compiler sees which numbers do not move.
template <std::uint32_t Wanted = ~0u, class Op, class V, std::size_t N>
[[gnu::flatten]] inline std::array<V, N> derived_partials(const Op& op, const std::array<V, N>& x) {
  using number = dual<V, N>;
  const auto seeded = [&](std::size_t i) {
    return number(x[i], Wanted & 1u << i, [](std::size_t) { return V(scalar_of<V>(1)); });
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return op.forward(std::array<number, N>{seeded(I)...}).tangent;
  }
  (std::make_index_sequence<N>{});
}

/// The partial derivatives of y = op.forward(x): by the op's own rule if it has one, else derived.
template <std::uint32_t Wanted = ~0u, class Op, class V, std::size_t N>
[[gnu::always_inline]] inline std::array<V, N> partials(const Op& op, const std::array<V, N>& x,
                                                        const V& y) {
  if constexpr (requires { op.derivative(x, y); }) {
    return op.derivative(x, y);
  } else {
    return derived_partials<Wanted>(op, x);
  }
}

template <class Op>
concept elementwise_op = requires {
  Op::elementwise_arity;
};

}  // namespace variad::ops
