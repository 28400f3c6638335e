#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <variad/runtime/simd/batch.hpp>

namespace variad::math {

using namespace internals;

/// What a comparison of dual numbers gives, for `select`: a bool, or of registers a lane mask.
template <class M>
struct condition {
  M mask;

  explicit operator bool() const {
    static_assert(
        std::is_same_v<M, bool>,
        "variad: a condition here is of many numbers at once: write select(condition, a, b) "
        "in place of if and ?:, and & and | in place of && and ||");
    if constexpr (std::is_same_v<M, bool>) return mask;
    return false;
  }
  friend condition operator&(const condition& a, const condition& b) { return {a.mask & b.mask}; }
  friend condition operator|(const condition& a, const condition& b) { return {a.mask | b.mask}; }
  friend condition operator!(const condition& a) { return {!a.mask}; }
};
template <class M>
condition(const M&) -> condition<M>;
template <class M>
condition(const condition<M>&) -> condition<M>;

/// A dual number x + Σ ẋᵢ εᵢ with εᵢ εⱼ = 0: a value, and its derivatives along N directions. A
/// function that is generic in the value type gives all at once (forward mode); a reverse pass over
/// duals gives, beside the derivatives, their derivative along a direction (forward over reverse).
///
/// V is a scalar, a SIMD batch or a dual number. Numbers become duals where one is expected, and
/// comparisons are of the values.
template <class V, std::size_t N = 1>
struct dual {
  V value;
  std::array<V, N> tangent;
  /// A bit for each direction in which the tangent is not zero whatever the numbers are, as that of
  /// a literal is: what does not move needs no arithmetic, and stays zero beside an infinite
  /// factor. Known when the code is made: compilers fold it away.
  std::uint32_t moves;

  dual() = default;
  dual(const V& v) : dual(v, 0, [](std::size_t) { return V(scalar_of<V>(0)); }) {}
  template <class A>
  requires(std::is_arithmetic_v<A> && !std::is_same_v<A, V>) dual(A a)
      : dual(V(static_cast<scalar_of<V>>(a))) {}
  dual(const V& v, const V& t) requires(N == 1) : dual(v, 1, [&](std::size_t) { return t; }) {}
  /// The tangents `along(i)` in the directions i of `moving`.
  template <class F>
  dual(const V& v, std::uint32_t moving, const F& along)
      : dual(v, moving, along, std::make_index_sequence<N>{}) {}

  /// f(x) = y, where f has this slope at x.
  static dual along(const V& y, const dual& x, const V& slope) {
    return {y, x.moves, [&](std::size_t i) { return V(slope * x.tangent[i]); }};
  }
  /// f(a, b) = y, where f has these slopes.
  static dual along(const V& y, const dual& a, const V& slope_a, const dual& b, const V& slope_b) {
    return {y, a.moves | b.moves, [&](std::size_t i) {
              if (!(a.moves >> i & 1)) return V(slope_b * b.tangent[i]);
              if (!(b.moves >> i & 1)) return V(slope_a * a.tangent[i]);
              return V(slope_a * a.tangent[i] + slope_b * b.tangent[i]);
            }};
  }

  friend dual operator+(const dual& a, const dual& b) {
    return {V(a.value + b.value), a.moves | b.moves, [&](std::size_t i) {
              if (!(a.moves >> i & 1)) return b.tangent[i];
              if (!(b.moves >> i & 1)) return a.tangent[i];
              return V(a.tangent[i] + b.tangent[i]);
            }};
  }
  friend dual operator-(const dual& a) {
    return {V(-a.value), a.moves, [&](std::size_t i) { return V(-a.tangent[i]); }};
  }
  friend dual operator-(const dual& a, const dual& b) {
    return {V(a.value - b.value), a.moves | b.moves, [&](std::size_t i) {
              if (!(a.moves >> i & 1)) return V(-b.tangent[i]);
              if (!(b.moves >> i & 1)) return a.tangent[i];
              return V(a.tangent[i] - b.tangent[i]);
            }};
  }
  friend dual operator*(const dual& a, const dual& b) {
    return along(V(a.value * b.value), a, b.value, b, a.value);
  }
  /// Of what moves the value is that of a product, within 1 ULP of the quotient: of the divisions
  /// one is left.
  friend dual operator/(const dual& a, const dual& b) {
    if ((a.moves | b.moves) == 0) return V(a.value / b.value);
    const V inverse = V(scalar_of<V>(1)) / b.value, y = a.value * inverse;
    return along(y, a, inverse, b, V(-y * inverse));
  }
  dual& operator+=(const dual& b) { return *this = *this + b; }
  dual& operator-=(const dual& b) { return *this = *this - b; }
  dual& operator*=(const dual& b) { return *this = *this * b; }
  dual& operator/=(const dual& b) { return *this = *this / b; }

  friend auto operator<(const dual& a, const dual& b) { return condition(a.value < b.value); }
  friend auto operator>(const dual& a, const dual& b) { return condition(a.value > b.value); }
  friend auto operator<=(const dual& a, const dual& b) { return condition(a.value <= b.value); }
  friend auto operator>=(const dual& a, const dual& b) { return condition(a.value >= b.value); }
  friend auto operator==(const dual& a, const dual& b) { return condition(a.value == b.value); }
  friend auto operator!=(const dual& a, const dual& b) { return condition(a.value != b.value); }

 private:
  template <class F, std::size_t... I>
  dual(const V& v, std::uint32_t moving, const F& along, std::index_sequence<I...>)
      : value(v), tangent{(moving >> I & 1 ? along(I) : V(scalar_of<V>(0)))...}, moves(moving) {}
};

template <class V>
inline constexpr bool is_dual = false;
template <class V, std::size_t N>
inline constexpr bool is_dual<dual<V, N>> = true;

}  // namespace variad::math

namespace variad::internals {

using math::dual;

template <class V, std::size_t N>
struct scalar_type<dual<V, N>> {
  using type = scalar_of<V>;
};

}  // namespace variad::internals
