#pragma once

#include <cmath>
#include <concepts>

#include <variad/runtime/simd/batch.hpp>

namespace variad {

/// What the kernels compute: `float`, `double` and their batches. Dual numbers (dual.hpp) bring the
/// same functions.
template <class V>
concept kernel_value = std::floating_point<V> || internals::simd_batch<V>;

}  // namespace variad

/// Exact operations on a scalar and on a batch. Comparisons are the operators themselves: `a < b`
/// is a `bool` of scalars and a lane mask of batches (`mask_of<V>`), and `select` takes either.
namespace variad::math {

using namespace internals;

/// |x|.
template <kernel_value V>
V abs(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::abs(x);
  } else {
    return std::abs(x);
  }
}

/// The larger of two values; which one, if either is NaN, is unspecified.
template <kernel_value V>
V max(const V& a, const V& b) {
  if constexpr (simd_batch<V>) {
    return xsimd::max(a, b);
  } else {
    return a < b ? b : a;
  }
}

/// The smaller of two values; which one, if either is NaN, is unspecified.
template <kernel_value V>
V min(const V& a, const V& b) {
  if constexpr (simd_batch<V>) {
    return xsimd::min(a, b);
  } else {
    return b < a ? b : a;
  }
}

/// `a` where the mask is true, `b` elsewhere; both are evaluated.
template <kernel_value V>
V select(const mask_of<V>& mask, const V& a, const V& b) {
  if constexpr (simd_batch<V>) {
    return xsimd::select(mask, a, b);
  } else {
    return mask ? a : b;
  }
}

}  // namespace variad::math
