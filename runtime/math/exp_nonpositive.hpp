#pragma once

#include <cstdint>

#include <variad/runtime/math/elementary.hpp>

namespace variad::math {

using namespace internals;

/// e^x for x <= 0, without the checks that a general exponential needs: 2^n times a polynomial in
/// the rest, with n cut off at the smallest normal number, so that x below −87 gives about 1e-38.
/// Maximal error for float on [−87, 0]: 2 ulp. Other types take the general exponential.
template <class V>
V exp_nonpositive(const V& x) {
  if constexpr (simd_batch<V> && std::is_same_v<scalar_of<V>, float>) {
    const V y = max(x, V(-87.0f)) * V(1.44269504088896341f);
    const V n = xsimd::nearbyint(y);
    // 2^f for f in [−½, ½]: x − n·ln 2 in two parts keeps the bits that y has lost.
    const V r = xsimd::fma(n, V(-0.693359375f), max(x, V(-87.0f)));
    const V f = xsimd::fma(n, V(2.12194440e-4f), r);
    V p = V(1.3888949086e-3f);
    p = xsimd::fma(p, f, V(8.3334519073e-3f));
    p = xsimd::fma(p, f, V(4.1666645683e-2f));
    p = xsimd::fma(p, f, V(1.6666665460e-1f));
    p = xsimd::fma(p, f, V(0.5f));
    p = xsimd::fma(p, f, V(1.0f));
    p = xsimd::fma(p, f, V(1.0f));
    using I = xsimd::batch<std::int32_t, typename V::arch_type>;
    const I exponent = (xsimd::to_int(n) + I(127)) << 23;
    return p * xsimd::bitwise_cast<V>(exponent);
  } else {
    return exp(x);
  }
}

}  // namespace variad::math
