#pragma once

// The one header that includes xsimd. GCC 12 warns falsely inside avx512fintrin.h (GCC bug 105593),
// so the two warnings are off for the included text and nowhere else.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <xsimd/xsimd.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace variad {

namespace internals {

/// The scalar that a value holds: `T` of `T` and of `batch<T>`. Specialise it for other value types
/// (dual numbers).
template <class V>
struct scalar_type {
  using type = V;
};
template <class T, class Arch>
struct scalar_type<xsimd::batch<T, Arch>> {
  using type = T;
};

}  // namespace internals

/// The scalar that a value holds, of a SIMD register those of its lanes.
template <class V>
using scalar_of = typename internals::scalar_type<V>::type;

}  // namespace variad

namespace variad::internals {

/// The widest SIMD register of `T` that the target has.
template <class T>
using batch = xsimd::batch<T>;

/// Number of `T` in a `batch<T>`.
template <class T>
inline constexpr std::size_t lanes = batch<T>::size;

/// `n` rounded up to whole registers of `T`: the length of a padded row.
template <class T>
constexpr std::size_t padded(std::size_t n) {
  return (n + lanes<T> - 1) / lanes<T> * lanes<T>;
}

/// What a comparison of two values gives: `bool` of a scalar, a lane mask of a batch.
template <class V>
using mask_of = decltype(std::declval<const V&>() < std::declval<const V&>());

template <class V>
inline constexpr bool is_batch = false;
template <class T, class Arch>
inline constexpr bool is_batch<xsimd::batch<T, Arch>> = true;
/// A SIMD register.
template <class V>
concept simd_batch = is_batch<V>;

/// Number of scalars that a `V` holds: 1, or the lanes of a batch.
template <class V>
inline constexpr std::size_t width_of = 1;
template <simd_batch V>
inline constexpr std::size_t width_of<V> = V::size;

/// Reads `lanes<T>` values; no alignment is needed.
template <class T>
batch<T> load(const T* from) {
  return batch<T>::load_unaligned(from);
}

/// Reads a `V`: one value, or a register of them. For loops that are generic in `V`.
template <class V>
V load_as(const scalar_of<V>* from) {
  if constexpr (simd_batch<V>) {
    return V::load_unaligned(from);
  } else {
    return *from;
  }
}

/// Writes a register; no alignment is needed.
template <class T>
void store(T* to, const batch<T>& value) {
  value.store_unaligned(to);
}
/// Writes one value: the scalar twin of the above.
template <class T>
requires std::is_arithmetic_v<T>
void store(T* to, const T& value) { *to = value; }

/// A `V` with every lane equal to `value`.
template <class V>
constexpr V broadcast(const scalar_of<V>& value) {
  return V(value);
}

/// The sum of the lanes.
template <class T, class Arch>
T reduce_add(const xsimd::batch<T, Arch>& value) {
  return xsimd::hadd(value);
}
template <class T>
requires std::is_arithmetic_v<T>
constexpr T reduce_add(const T& value) { return value; }

/// The largest lane.
template <class T, class Arch>
T reduce_max(const xsimd::batch<T, Arch>& value) {
#if XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float> && xsimd::batch<T, Arch>::size == 16)
    return _mm512_reduce_max_ps(value);
  if constexpr (std::is_same_v<T, double> && xsimd::batch<T, Arch>::size == 8)
    return _mm512_reduce_max_pd(value);
#endif
  alignas(64) T lane[xsimd::batch<T, Arch>::size];
  value.store_aligned(lane);
  return *std::max_element(lane, lane + xsimd::batch<T, Arch>::size);
}
template <class T>
requires std::is_arithmetic_v<T>
constexpr T reduce_max(const T& value) { return value; }

}  // namespace variad::internals
