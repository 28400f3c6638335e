#pragma once

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>

/// The functions between logits and probabilities.
namespace variad::math {

/// 1 / (1 + e^-x): 0 at -inf, 1 at inf, and no overflow between.
/// Maximal error where the result is normal: 2.6 ULP (float, double).
template <class V>
requires(kernel_value<V> || custom_value<V>) constexpr auto sigmoid(const V& x) {
  if constexpr (requires { detail::adl::call_sigmoid(x); } && custom_value<V>) {
    return detail::adl::call_sigmoid(x);
  } else {
    const V one = broadcast<V>(1);
    return V(one / (one + math::exp(-x)));
  }
}

/// log(1 + e^-|x|): what softplus adds to max(x, 0). The same of x and of −x.
template <class V>
requires(kernel_value<V> || custom_value<V>) constexpr auto softplus_tail(const V& x) {
  const V tail = math::exp(-math::abs(x));
  if constexpr (simd_batch<V>) {
    return V(variad::detail::log1p_unit_kernel(tail));
  } else {
    return V(math::log1p(tail));
  }
}

/// log(1 + e^x) as max(x, 0) + log1p(e^-|x|): x for large x, e^x far below zero. The Bernoulli
/// log-likelihood of a logit is x * l - softplus(l), and the logarithms of the two probabilities
/// are -softplus(-l) and -softplus(l).
/// Maximal error where the result is normal: 2.1 ULP (float), 1.8 ULP (double).
template <class V>
requires(kernel_value<V> || custom_value<V>) constexpr auto softplus(const V& x) {
  if constexpr (requires { detail::adl::call_softplus(x); } && custom_value<V>) {
    return detail::adl::call_softplus(x);
  } else {
    return V(math::max(x, broadcast<V>(0)) + softplus_tail(x));
  }
}

}  // namespace variad::math
