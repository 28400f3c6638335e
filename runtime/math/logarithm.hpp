#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>

#include <variad/runtime/simd/batch.hpp>

// Logarithms of batches in place of those of xsimd 8.1. Its log of a float differs in the last
// place between AVX2 and AVX-512, which would make a sampler's values depend on the width of a
// register; its log of a double is wrong for subnormal arguments. Its log1p is general, while
// softplus needs the unit interval only, at two thirds of the cost or less.
namespace variad::internals {

/// x = 2^exponent (1 + fraction) with sqrt(1/2) <= 1 + fraction < sqrt(2).
template <class T>
struct split {
  batch<T> exponent;
  batch<T> fraction;
};

/// Takes positive normal numbers apart.
template <std::floating_point T>
[[gnu::always_inline]] inline split<T> split_normal(const batch<T>& x) {
  if constexpr (std::same_as<T, float>) {
    using word = batch<std::int32_t>;
    const word root(0x3f3504f3), mantissa(0x007fffff);  // root: the bits of sqrt(1/2)
    const word shifted = xsimd::bitwise_cast<word>(x) - root;
    return {xsimd::batch_cast<float>(shifted >> 23),
            xsimd::bitwise_cast<batch<float>>((shifted & mantissa) + root) - 1.0f};
  } else {
    // AVX2 neither shifts signed 64-bit integers right nor converts them, so the exponent is biased
    // by 1024 and read as the low bits of 2^52 + 1024 + exponent.
    using word = batch<std::uint64_t>;
    const word root(0x3fe6a09e667f3bcdu), mantissa(0x000fffffffffffffu);
    const word shifted = xsimd::bitwise_cast<word>(x) - root;
    const word biased = (shifted + word(std::uint64_t(1024) << 52)) >> 52;
    const word number = biased | word(std::bit_cast<std::uint64_t>(0x1p52));
    return {xsimd::bitwise_cast<batch<double>>(number) - (0x1p52 + 1024.0),
            xsimd::bitwise_cast<batch<double>>((shifted & mantissa) + root) - 1.0};
  }
}

/// exponent log 2 + log(1 + fraction): for `float` the polynomial of Cephes (Moshier, logf), for
/// `double` that of fdlibm (Sun Microsystems, e_log.c).
template <std::floating_point T>
[[gnu::always_inline]] inline batch<T> join_log(const split<T>& x) {
  const batch<T>&e = x.exponent, &f = x.fraction;
  const batch<T> square = f * f;
  if constexpr (std::same_as<T, float>) {
    batch<T> p = 7.0376836292e-2f * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    const batch<T> small = f * square * p + e * -2.12194440e-4f - 0.5f * square;
    return e * 0.693359375f + (f + small);
  } else {
    const batch<T> s = f / (2.0 + f), z = s * s, w = z * z;
    batch<T> even = 1.531383769920937332e-01 * w + 2.222219843214978396e-01;
    even = (even * w + 3.999999999940941908e-01) * w;
    batch<T> odd = 1.479819860511658591e-01 * w + 1.818357216161805012e-01;
    odd = (odd * w + 2.857142874366239149e-01) * w + 6.666666666666735130e-01;
    const batch<T> half = 0.5 * square;
    const batch<T> small = half - (s * (half + (even + odd * z)) + e * 1.90821492927058770002e-10);
    return e * 6.93147180369123816490e-01 - (small - f);
  }
}

/// log(x); -inf at zero, NaN below. Without a branch, so that an element has the same bits whatever
/// its neighbours are.
template <std::floating_point T>
[[gnu::always_inline]] inline batch<T> log_kernel(const batch<T>& x) {
  using limits = std::numeric_limits<T>;
  constexpr T raised_by = std::same_as<T, float> ? T(24) : T(54);
  constexpr T raise = std::same_as<T, float> ? T(0x1p24) : T(0x1p54);
  const batch<T> infinity(limits::infinity()), zero(T(0));
  const auto subnormal = x < batch<T>(limits::min());
  split<T> parts = split_normal<T>(xsimd::select(subnormal, x * raise, x));
  parts.exponent = parts.exponent - xsimd::select(subnormal, batch<T>(raised_by), zero);
  const auto ordinary = (x > zero) & (x < infinity);
  const batch<T> nonpositive = xsimd::select(x == zero, -infinity, batch<T>(limits::quiet_NaN()));
  return xsimd::select(ordinary, join_log(parts), xsimd::select(x > zero, x, nonpositive));
}

/// log(1 + x) for 0 <= x <= 1: one halving at most, (x - 1) / 2 being the fraction then.
template <std::floating_point T>
[[gnu::always_inline]] inline batch<T> log1p_unit_kernel(const batch<T>& x) {
  const batch<T> one(T(1)), zero(T(0));
  const auto large = x > batch<T>(T(0.41421356237309504880));
  return join_log(
      split<T>{xsimd::select(large, one, zero), xsimd::select(large, (x - one) * T(0.5), x)});
}

}  // namespace variad::internals
