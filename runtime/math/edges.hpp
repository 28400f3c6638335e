#pragma once

#include <limits>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>

/// Products and logarithms of probabilities, which may be exactly 0 or 1, with their rules there: a
/// value that is impossible weighs nothing, and every derivative is finite, so that a seed of 0
/// gives 0 and never NaN.
namespace variad::math {

/// x·y; 0 where x is 0, whatever y is.
template <kernel_value V>
V product_or_zero(const V& x, const V& y) {
  return math::select(x == V(0), V(0), V(x * y));
}

/// x·log(y); 0 where x is 0 and y is not NaN (SciPy's rule). −inf where y is 0 and x is not; NaN
/// where y is negative and x is not 0.
/// Maximal error: 2 ULP (float, double).
template <kernel_value V>
V xlogy(const V& x, const V& y) {
  return math::select((x == V(0)) & (y == y), V(0), V(x * math::log(y)));
}

/// x·log(1 + y); 0 where x is 0 and y is not NaN. −inf where y is −1 and x is not 0.
/// Maximal error: 2 ULP (float, double).
template <kernel_value V>
V xlog1py(const V& x, const V& y) {
  return math::select((x == V(0)) & (y == y), V(0), V(x * math::log1p(y)));
}

/// log(y) for y of at least the smallest normal number, and below that the logarithm of it (−87.3
/// for float, −708.4 for double): what derivatives of x·log(y) in x are at 0.
template <kernel_value V>
V finite_log(const V& y) {
  return math::log(math::max(y, V(std::numeric_limits<scalar_of<V>>::min())));
}

/// 1/y, in the same way: the derivative of log(y), at most 8.5e37 (float), 4.5e307 (double).
template <kernel_value V>
V finite_inverse(const V& y) {
  return V(scalar_of<V>(1)) / math::max(y, V(std::numeric_limits<scalar_of<V>>::min()));
}

/// x, and ±1e30 beyond that: a slope whose products with weights of everyday size are finite.
template <kernel_value V>
V finite_slope(const V& x) {
  using S = scalar_of<V>;
  return math::min(math::max(x, V(S(-1e30))), V(S(1e30)));
}

}  // namespace variad::math
