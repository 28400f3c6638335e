#pragma once

#include <concepts>
#include <type_traits>

#include <variad/runtime/simd/batch.hpp>

namespace variad {

/// A value that `variad::math` computes with its own kernels: `float`, `double` and their batches.
template <class V>
concept kernel_value = std::floating_point<V> || simd_batch<V>;

/// A class type that brings its own functions (a dual number): `math::exp(x)` calls the `exp` that
/// argument-dependent lookup finds in the namespace of `x`. It must bring exp, expm1, log, log1p,
/// sqrt, tanh, abs, max, min and select as far as they are used; sigmoid and softplus are
/// composed of these unless it brings them too.
template <class V>
concept custom_value = std::is_class_v<V> && !simd_batch<V>;

}  // namespace variad

namespace variad::detail::adl {

// These names stop the lookup of the unqualified calls below, so that they find neither the C
// library's functions nor variad's own, only what the namespace of the argument offers.
void exp() = delete;
void expm1() = delete;
void log() = delete;
void log1p() = delete;
void sqrt() = delete;
void tanh() = delete;
void abs() = delete;
void sigmoid() = delete;
void softplus() = delete;
void max() = delete;
void min() = delete;
void select() = delete;

template <class V>
constexpr auto call_exp(const V& x) -> decltype(exp(x)) {
  return exp(x);
}
template <class V>
constexpr auto call_expm1(const V& x) -> decltype(expm1(x)) {
  return expm1(x);
}
template <class V>
constexpr auto call_log(const V& x) -> decltype(log(x)) {
  return log(x);
}
template <class V>
constexpr auto call_log1p(const V& x) -> decltype(log1p(x)) {
  return log1p(x);
}
template <class V>
constexpr auto call_sqrt(const V& x) -> decltype(sqrt(x)) {
  return sqrt(x);
}
template <class V>
constexpr auto call_tanh(const V& x) -> decltype(tanh(x)) {
  return tanh(x);
}
template <class V>
constexpr auto call_abs(const V& x) -> decltype(abs(x)) {
  return abs(x);
}
template <class V>
constexpr auto call_sigmoid(const V& x) -> decltype(sigmoid(x)) {
  return sigmoid(x);
}
template <class V>
constexpr auto call_softplus(const V& x) -> decltype(softplus(x)) {
  return softplus(x);
}
template <class V>
constexpr auto call_max(const V& a, const V& b) -> decltype(max(a, b)) {
  return max(a, b);
}
template <class V>
constexpr auto call_min(const V& a, const V& b) -> decltype(min(a, b)) {
  return min(a, b);
}
template <class M, class V>
constexpr auto call_select(const M& mask, const V& a, const V& b) -> decltype(select(mask, a, b)) {
  return select(mask, a, b);
}

}  // namespace variad::detail::adl
