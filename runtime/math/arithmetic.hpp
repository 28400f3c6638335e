#pragma once

#include <cmath>

#include <variad/runtime/math/customise.hpp>
#include <variad/runtime/simd/batch.hpp>

/// Exact operations on a scalar, on a batch and on class types that bring their own. Comparisons
/// are the operators themselves: `a < b` is a `bool` of scalars and a lane mask of batches
/// (`mask_of<V>`), and `select` takes either.
namespace variad::math {

/// |x|.
template <kernel_value V>
V abs(const V& x) {
  if constexpr (simd_batch<V>) {
    return xsimd::abs(x);
  } else {
    return std::abs(x);
  }
}
template <custom_value V>
constexpr auto abs(const V& x) {
  return detail::adl::call_abs(x);
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
template <custom_value V>
constexpr auto max(const V& a, const V& b) {
  return detail::adl::call_max(a, b);
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
template <custom_value V>
constexpr auto min(const V& a, const V& b) {
  return detail::adl::call_min(a, b);
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
template <class M, custom_value V>
constexpr auto select(const M& mask, const V& a, const V& b) {
  return detail::adl::call_select(mask, a, b);
}

}  // namespace variad::math
