#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>
#include <utility>

#include <variad/runtime/math/math.hpp>

namespace variad::math {

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

namespace variad {
using math::dual;
template <class V, std::size_t N>
struct scalar_type<dual<V, N>> {
  using type = scalar_of<V>;
};
}  // namespace variad

/// The functions of math.hpp of dual numbers, each with its derivative. Where one has none, or an
/// infinite one, the rule says what it is.
namespace variad::math {

template <class M, class V>
V select(const condition<M>& c, const V& a, const V& b) {
  if constexpr (is_dual<V>) {
    return V(math::select(c, a.value, b.value), a.moves | b.moves,
             [&](std::size_t i) { return math::select(c, a.tangent[i], b.tangent[i]); });
  } else {
    return math::select(c.mask, a, b);
  }
}
template <class M, class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> select(const condition<M>& c, const dual<V, N>& a,
                                                   A b) {
  return math::select(c, a, dual<V, N>(b));
}
template <class M, class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> select(const condition<M>& c, A a,
                                                   const dual<V, N>& b) {
  return math::select(c, dual<V, N>(a), b);
}

/// The derivative at 0 is 0.
template <class V, std::size_t N>
dual<V, N> abs(const dual<V, N>& x) {
  const V zero(scalar_of<V>(0));
  const auto above = x > 0, below = x < 0;
  return {math::abs(x.value), x.moves, [&](std::size_t i) {
            return math::select(above, x.tangent[i], math::select(below, V(-x.tangent[i]), zero));
          }};
}
/// Where both are equal, the derivative is that of b: of max(x, 0) at 0 it is 0, as relu has it.
template <class V, std::size_t N>
dual<V, N> max(const dual<V, N>& a, const dual<V, N>& b) {
  return math::select(a > b, a, b);
}
/// Where both are equal, the derivative is that of b.
template <class V, std::size_t N>
dual<V, N> min(const dual<V, N>& a, const dual<V, N>& b) {
  return math::select(a < b, a, b);
}

// A number beside a dual.
template <class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> max(const dual<V, N>& a, A b) {
  return math::max(a, dual<V, N>(b));
}
template <class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> max(A a, const dual<V, N>& b) {
  return math::max(dual<V, N>(a), b);
}
template <class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> min(const dual<V, N>& a, A b) {
  return math::min(a, dual<V, N>(b));
}
template <class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> min(A a, const dual<V, N>& b) {
  return math::min(dual<V, N>(a), b);
}

template <class V, std::size_t N>
dual<V, N> exp(const dual<V, N>& x) {
  const V y = math::exp(x.value);
  return dual<V, N>::along(y, x, y);
}
template <class V, std::size_t N>
dual<V, N> expm1(const dual<V, N>& x) {
  return dual<V, N>::along(math::expm1(x.value), x, math::exp(x.value));
}
template <class V, std::size_t N>
dual<V, N> log(const dual<V, N>& x) {
  return dual<V, N>::along(math::log(x.value), x, V(V(scalar_of<V>(1)) / x.value));
}
template <class V, std::size_t N>
dual<V, N> log1p(const dual<V, N>& x) {
  const V one(scalar_of<V>(1));
  return dual<V, N>::along(math::log1p(x.value), x, V(one / (one + x.value)));
}
template <class V, std::size_t N>
dual<V, N> sqrt(const dual<V, N>& x) {
  const V y = math::sqrt(x.value);
  return dual<V, N>::along(y, x, V(V(scalar_of<V>(0.5)) / y));
}
template <class V, std::size_t N>
dual<V, N> tanh(const dual<V, N>& x) {
  const V y = math::tanh(x.value);
  return dual<V, N>::along(y, x, V(V(scalar_of<V>(1)) - y * y));
}
template <class V, std::size_t N>
dual<V, N> sigmoid(const dual<V, N>& x) {
  const V y = math::sigmoid(x.value);
  return dual<V, N>::along(y, x, V(y * (V(scalar_of<V>(1)) - y)));
}
template <class V, std::size_t N>
dual<V, N> softplus(const dual<V, N>& x) {
  return dual<V, N>::along(math::softplus(x.value), x, math::sigmoid(x.value));
}
template <class V, std::size_t N>
dual<V, N> softplus_tail(const dual<V, N>& x) {
  return math::log1p(math::exp(-math::abs(x)));
}

template <class V, std::size_t N>
dual<V, N> cos(const dual<V, N>& x);
template <class V, std::size_t N>
dual<V, N> sin(const dual<V, N>& x) {
  return dual<V, N>::along(math::sin(x.value), x, math::cos(x.value));
}
template <class V, std::size_t N>
dual<V, N> cos(const dual<V, N>& x) {
  return dual<V, N>::along(math::cos(x.value), x, V(-math::sin(x.value)));
}
template <class V, std::size_t N>
dual<V, N> erf(const dual<V, N>& x) {
  const V density =
      math::exp(V(-x.value * x.value)) * V(static_cast<scalar_of<V>>(2 * std::numbers::inv_sqrtpi));
  return dual<V, N>::along(math::erf(x.value), x, density);
}
template <class V, std::size_t N>
dual<V, N> integer_power(const dual<V, N>& x, int n) {
  const V slope = n == 0 ? V(scalar_of<V>(0))
                         : V(V(static_cast<scalar_of<V>>(n)) * math::integer_power(x.value, n - 1));
  return dual<V, N>::along(math::integer_power(x.value, n), x, slope);
}
/// The derivative in y at x = 0 is 0.
template <class V, std::size_t N>
dual<V, N> pow(const dual<V, N>& x, const dual<V, N>& y) {
  const V power = math::pow(x.value, y.value), one(scalar_of<V>(1)), zero(scalar_of<V>(0));
  const V in_y = math::select(condition(x.value > zero), V(power * math::log(x.value)), zero);
  return dual<V, N>::along(power, x, V(y.value * math::pow(x.value, V(y.value - one))), y, in_y);
}
template <class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> pow(const dual<V, N>& x, A y) {
  if constexpr (std::is_integral_v<A>) {
    return math::integer_power(x, static_cast<int>(y));
  } else {
    return math::pow(x, dual<V, N>(y));
  }
}
template <class V, std::size_t N, class A>
requires std::is_arithmetic_v<A> dual<V, N> pow(A x, const dual<V, N>& y) {
  return math::pow(dual<V, N>(x), y);
}
template <int K, class V, std::size_t N>
dual<V, N> polygamma(const dual<V, N>& x) {
  return dual<V, N>::along(math::polygamma<K>(x.value), x, math::polygamma<K + 1>(x.value));
}
template <class V, std::size_t N>
dual<V, N> digamma(const dual<V, N>& x) {
  return math::polygamma<0>(x);
}
template <class V, std::size_t N>
dual<V, N> trigamma(const dual<V, N>& x) {
  return math::polygamma<1>(x);
}
template <class V, std::size_t N>
dual<V, N> lgamma(const dual<V, N>& x) {
  return dual<V, N>::along(math::lgamma(x.value), x, math::digamma(x.value));
}

// Of probabilities: finite where a seed of 0 may meet them.
template <class V, std::size_t N>
dual<V, N> finite_log(const dual<V, N>& y) {
  return math::log(math::max(y, dual<V, N>(std::numeric_limits<scalar_of<V>>::min())));
}
template <class V, std::size_t N>
dual<V, N> finite_inverse(const dual<V, N>& y) {
  return dual<V, N>(1) / math::max(y, dual<V, N>(std::numeric_limits<scalar_of<V>>::min()));
}
template <class V, std::size_t N>
dual<V, N> finite_slope(const dual<V, N>& x) {
  return math::min(math::max(x, dual<V, N>(-1e30)), dual<V, N>(1e30));
}
template <class V, std::size_t N>
dual<V, N> product_or_zero(const dual<V, N>& x, const dual<V, N>& y) {
  return dual<V, N>::along(math::product_or_zero(x.value, y.value), x, math::finite_slope(y.value),
                           y, x.value);
}
template <class V, std::size_t N>
dual<V, N> xlogy(const dual<V, N>& x, const dual<V, N>& y) {
  return dual<V, N>::along(math::xlogy(x.value, y.value), x, math::finite_log(y.value), y,
                           V(x.value * math::finite_inverse(y.value)));
}
template <class V, std::size_t N>
dual<V, N> xlog1py(const dual<V, N>& x, const dual<V, N>& y) {
  const V shifted = V(scalar_of<V>(1)) + y.value;
  return dual<V, N>::along(math::xlog1py(x.value, y.value), x, math::finite_log(shifted), y,
                           V(x.value * math::finite_inverse(shifted)));
}

}  // namespace variad::math
