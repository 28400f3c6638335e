#pragma once

#include <cmath>
#include <concepts>

#include <variad/runtime/math/arithmetic.hpp>

namespace variad::internals {

/// sin(x) for |x| <= pi/4, from the Cephes library (Moshier). Maximal error: 0.8 ULP.
template <class T>
batch<T> sin_octant(const batch<T>& x) {
  const batch<T> z = x * x;
  batch<T> p;
  if constexpr (std::same_as<T, float>) {
    p = -1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f);
  } else {
    p = 1.58962301576546568060e-10 * z - 2.50507477628578072866e-8;
    p = p * z + 2.75573136213857245213e-6;
    p = p * z - 1.98412698295895385996e-4;
    p = p * z + 8.33333333332211858878e-3;
    p = p * z - 1.66666666666666307295e-1;
  }
  return x + x * z * p;
}

/// cos(x) for |x| <= pi/4, from the Cephes library (Moshier). Maximal error: 1.3 ULP.
template <class T>
batch<T> cos_octant(const batch<T>& x) {
  const batch<T> z = x * x;
  batch<T> p;
  if constexpr (std::same_as<T, float>) {
    p = 4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f);
  } else {
    p = -1.13585365213876817300e-11 * z + 2.08757008419747316778e-9;
    p = p * z - 2.75573141792967388112e-7;
    p = p * z + 2.48015872888517045348e-5;
    p = p * z - 1.38888888888730564116e-3;
    p = p * z + 4.16666666666665929218e-2;
  }
  return T(1) - T(0.5) * z + z * z * p;
}

/// sin(x + quarter pi/2). x less the nearest multiple of pi/2, in three parts (Cody and Waite), is
/// within an octant; beyond the range where the parts are exact, by the standard library.
template <class T>
batch<T> sin_kernel(const batch<T>& x, int quarter) {
  constexpr bool single = std::same_as<T, float>;
  constexpr T part[] = {single ? T(1.5703125) : T(1.57079632673412561417e+00),
                        single ? T(4.83751296997070312e-4) : T(6.07710050630396597660e-11),
                        single ? T(7.54978995489188216e-8) : T(2.02226624879595063154e-21)};
  const batch<T> turns = xsimd::nearbyint(x * T(0.63661977236758134308));
  const batch<T> r = ((x - turns * part[0]) - turns * part[1]) - turns * part[2];
  const batch<T> place = turns + T(quarter);
  const batch<T> within = place - T(4) * xsimd::floor(place * T(0.25));  // 0, 1, 2 or 3
  const batch<T> s = sin_octant<T>(r), c = cos_octant<T>(r);
  const batch<T> size = xsimd::select((within == T(1)) | (within == T(3)), c, s);
  const batch<T> y = xsimd::select(within >= T(2), -size, size);
  const auto near = xsimd::abs(x) <= batch<T>(single ? T(1e3) : T(1e6));
  if (xsimd::all(near)) return y;
  alignas(64) T lane[lanes<T>];
  x.store_aligned(lane);
  for (T& v : lane) v = quarter == 0 ? std::sin(v) : std::cos(v);
  return xsimd::select(near, y, batch<T>::load_aligned(lane));
}

}  // namespace variad::internals

namespace variad::math {

using namespace internals;

/// The sine of an angle in radians; NaN at +-inf.
/// Maximal error: 1.6 ULP up to 1e3 (float), 2.3 ULP up to 1e6 (double); beyond that of `std::sin`.
template <kernel_value V>
V sin(const V& x) {
  if constexpr (simd_batch<V>) {
    return internals::sin_kernel(x, 0);
  } else {
    return std::sin(x);
  }
}
/// The cosine of an angle in radians, with the error of the sine.
template <kernel_value V>
V cos(const V& x) {
  if constexpr (simd_batch<V>) {
    return internals::sin_kernel(x, 1);
  } else {
    return std::cos(x);
  }
}

}  // namespace variad::math
