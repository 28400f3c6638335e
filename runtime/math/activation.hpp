#pragma once

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>

/// The functions between logits and probabilities.
namespace variad::math {

using namespace internals;

/// 1 / (1 + e^-x): 0 at -inf, 1 at inf, and no overflow between.
/// Maximal error where the result is normal: 2.6 ULP (float, double).
template <kernel_value V>
V sigmoid(const V& x) {
  const V one = broadcast<V>(1);
  return one / (one + math::exp(V(-x)));
}

/// log(1 + e^-|x|): what softplus adds to max(x, 0). The same of x and of −x.
template <kernel_value V>
V softplus_tail(const V& x) {
  const V tail = math::exp(V(-math::abs(x)));
  if constexpr (simd_batch<V>) {
    return internals::log1p_unit_kernel(tail);
  } else {
    return math::log1p(tail);
  }
}

/// log(1 + e^x) as max(x, 0) + log1p(e^-|x|): x for large x, e^x far below zero. The Bernoulli
/// log-likelihood of a logit is x * l - softplus(l), and the logarithms of the two probabilities
/// are -softplus(-l) and -softplus(l).
/// Maximal error where the result is normal: 2.1 ULP (float), 1.8 ULP (double).
template <kernel_value V>
V softplus(const V& x) {
  return math::max(x, broadcast<V>(0)) + softplus_tail(x);
}

}  // namespace variad::math
