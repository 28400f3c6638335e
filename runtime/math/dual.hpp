#pragma once

#include <limits>
#include <numbers>
#include <type_traits>

#include <variad/runtime/math/dual_number.hpp>
#include <variad/runtime/math/math.hpp>

/// The functions of math.hpp of dual numbers, each with its derivative. Where one has none, or an
/// infinite one, the rule says what it is.
namespace variad::math {

using namespace internals;

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
/// The derivative in y at x = 0 and below is 0, as that in x at y = 0.
template <class V, std::size_t N>
dual<V, N> pow(const dual<V, N>& x, const dual<V, N>& y) {
  const V power = math::pow(x.value, y.value), one(scalar_of<V>(1)), zero(scalar_of<V>(0));
  const V in_y = math::select(condition(x.value > zero), V(power * math::log(x.value)), zero);
  const V in_x = math::select(condition(y.value == zero), zero,
                              V(y.value * math::pow(x.value, V(y.value - one))));
  return dual<V, N>::along(power, x, in_x, y, in_y);
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
