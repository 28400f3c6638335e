#pragma once

#include <cmath>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/logarithm.hpp>
#include <variad/runtime/simd/batch.hpp>

/// Elementary functions of a scalar (`std::`) and of a batch (xsimd's kernels and those of
/// logarithm.hpp). The errors stated are maxima of the batch kernels against long double, in units
/// in the last place of the result, over the ranges stated; NaN gives NaN.
namespace variad::math {

using namespace internals;

/// e^x. Overflows to infinity, underflows to zero; a batch may give zero where the result
/// is subnormal (below -87.3 for float, -708.4 for double).
/// Maximal error where the result is normal: 1.6 ULP (float), 1.0 ULP (double).
template <kernel_value V>
V exp(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::exp(x);
  } else {
    return std::exp(x);
  }
}

/// e^x - 1, accurate near zero.
/// Maximal error: 2.2 ULP (float), 1.5 ULP (double).
template <kernel_value V>
V expm1(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::expm1(x);
  } else {
    return std::expm1(x);
  }
}

/// The natural logarithm; log(0) = -inf, NaN below zero.
/// Maximal error: 0.9 ULP (float, double), for subnormal arguments too.
/// Inlined, so that what does not change in a loop is taken out of it.
template <kernel_value V>
[[gnu::always_inline]] inline V log(const V& x) {
  if constexpr (simd_batch<V>) {
    return internals::log_kernel(x);
  } else {
    return std::log(x);
  }
}

/// log(1 + x), accurate near zero; -inf at -1, NaN below.
/// Maximal error: 0.9 ULP (float, double).
template <kernel_value V>
V log1p(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::log1p(x);
  } else {
    return std::log1p(x);
  }
}

/// The square root, correctly rounded.
/// Maximal error: 0.5 ULP.
template <kernel_value V>
V sqrt(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::sqrt(x);
  } else {
    return std::sqrt(x);
  }
}

/// The hyperbolic tangent; +-1 at +-inf.
/// Maximal error: 1.5 ULP (float, double).
template <kernel_value V>
V tanh(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::tanh(x);
  } else {
    return std::tanh(x);
  }
}

}  // namespace variad::math
