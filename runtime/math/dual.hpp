#pragma once

#include <type_traits>

#include <variad/runtime/math/math.hpp>

namespace variad {

/// A dual number x + ε ẋ with ε² = 0: a value, and its derivative along one direction. Rules that
/// are generic in the value type give both at once; a reverse pass over duals gives, beside the
/// derivatives, their derivative along that direction (forward over reverse).
///
/// V is a scalar or a SIMD batch. Comparisons are of the values.
template <class V>
struct dual {
  V value;
  V tangent;

  dual() = default;
  dual(const V& v, const V& t) : value(v), tangent(t) {}
  explicit dual(const V& v) : dual(v, V(scalar_of<V>(0))) {}
  template <class A>
  requires(std::is_arithmetic_v<A> && !std::is_same_v<A, V>) explicit dual(A a)
      : dual(V(static_cast<scalar_of<V>>(a))) {}

  friend dual operator+(const dual& a, const dual& b) {
    return {V(a.value + b.value), V(a.tangent + b.tangent)};
  }
  friend dual operator-(const dual& a, const dual& b) {
    return {V(a.value - b.value), V(a.tangent - b.tangent)};
  }
  friend dual operator-(const dual& a) { return {V(-a.value), V(-a.tangent)}; }
  friend dual operator*(const dual& a, const dual& b) {
    return {V(a.value * b.value), V(a.tangent * b.value + a.value * b.tangent)};
  }
  friend dual operator/(const dual& a, const dual& b) {
    const V q = a.value / b.value;
    return {q, V((a.tangent - q * b.tangent) / b.value)};
  }
  dual& operator+=(const dual& b) { return *this = *this + b; }

  friend auto operator<(const dual& a, const dual& b) { return a.value < b.value; }
  friend auto operator>(const dual& a, const dual& b) { return a.value > b.value; }
};

template <class V>
struct scalar_type<dual<V>> {
  using type = scalar_of<V>;
};

// What math::exp(x) and its like find by the namespace of x.

template <class V>
dual<V> exp(const dual<V>& x) {
  const V y = math::exp(x.value);
  return {y, V(y * x.tangent)};
}
template <class V>
dual<V> expm1(const dual<V>& x) {
  return {math::expm1(x.value), V(math::exp(x.value) * x.tangent)};
}
template <class V>
dual<V> log(const dual<V>& x) {
  return {math::log(x.value), V(x.tangent / x.value)};
}
template <class V>
dual<V> log1p(const dual<V>& x) {
  return {math::log1p(x.value), V(x.tangent / (V(scalar_of<V>(1)) + x.value))};
}
template <class V>
dual<V> sqrt(const dual<V>& x) {
  const V y = math::sqrt(x.value);
  return {y, V(x.tangent / (y + y))};
}
template <class V>
dual<V> tanh(const dual<V>& x) {
  const V y = math::tanh(x.value);
  return {y, V((V(scalar_of<V>(1)) - y * y) * x.tangent)};
}
template <class V>
dual<V> sigmoid(const dual<V>& x) {
  const V y = math::sigmoid(x.value);
  return {y, V(y * (V(scalar_of<V>(1)) - y) * x.tangent)};
}
template <class V>
dual<V> softplus(const dual<V>& x) {
  return {math::softplus(x.value), V(math::sigmoid(x.value) * x.tangent)};
}

template <class M, class V>
dual<V> select(const M& mask, const dual<V>& a, const dual<V>& b) {
  return {math::select(mask, a.value, b.value), math::select(mask, a.tangent, b.tangent)};
}
/// The derivative at 0 is 0.
template <class V>
dual<V> abs(const dual<V>& x) {
  const V zero(scalar_of<V>(0));
  return {math::abs(x.value), math::select(x.value > zero, x.tangent,
                                           math::select(x.value < zero, V(-x.tangent), zero))};
}
/// Where both are equal, the derivative is that of b: of max(x, 0) at 0 it is 0, as relu has it.
template <class V>
dual<V> max(const dual<V>& a, const dual<V>& b) {
  return select(a > b, a, b);
}
/// Where both are equal, the derivative is that of b.
template <class V>
dual<V> min(const dual<V>& a, const dual<V>& b) {
  return select(a < b, a, b);
}

}  // namespace variad
