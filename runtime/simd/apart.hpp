#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/loop.hpp>
#include <variad/runtime/simd/partial.hpp>

namespace variad::internals {

/// Reads the first `n <= lanes<T>` lanes from places `stride` apart; the others are zero.
template <class T>
[[gnu::always_inline]] inline batch<T> load_apart(const T* from, std::size_t stride,
                                                  std::size_t n) {
  const auto lane = [&](std::size_t l) { return l < n ? from[l * stride] : T(0); };
  // In registers: a copy through the stack costs a failed store forwarding.
#if XSIMD_WITH_AVX && !XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float>)
    return _mm256_setr_ps(lane(0), lane(1), lane(2), lane(3), lane(4), lane(5), lane(6), lane(7));
  else
    return _mm256_setr_pd(lane(0), lane(1), lane(2), lane(3));
#else
  return [&]<std::size_t... L>(std::index_sequence<L...>) { return batch<T>{lane(L)...}; }
  (std::make_index_sequence<lanes<T>>{});
#endif
}

/// Reads `lanes<T>` rows of K numbers that follow each other; out[i] are the i-th of each.
template <std::size_t K, class T>
[[gnu::always_inline]] inline void load_rows_of(const T* from, std::array<batch<T>, K>& out) {
#if XSIMD_WITH_AVX && !XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, double> && K == 2) {
    const __m256d x = _mm256_loadu_pd(from), y = _mm256_loadu_pd(from + 4);
    const __m256d even = _mm256_permute2f128_pd(x, y, 0x20),
                  odd = _mm256_permute2f128_pd(x, y, 0x31);
    out[0] = _mm256_unpacklo_pd(even, odd);
    out[1] = _mm256_unpackhi_pd(even, odd);
    return;
  }
  if constexpr (std::is_same_v<T, double> && K == 3) {
    const __m256d x = _mm256_loadu_pd(from), y = _mm256_loadu_pd(from + 4),
                  z = _mm256_loadu_pd(from + 8);
    const __m256d p = _mm256_blend_pd(x, y, 0b1100), q = _mm256_permute2f128_pd(x, z, 0x21),
                  r = _mm256_blend_pd(y, z, 0b1100);
    out[0] = _mm256_shuffle_pd(p, q, 0b1010);
    out[1] = _mm256_shuffle_pd(p, r, 0b0101);
    out[2] = _mm256_shuffle_pd(q, r, 0b1010);
    return;
  }
#endif
  unrolled<K>([&]<std::size_t I>() { out[I] = load_apart(from + I, K, lanes<T>); });
}

/// Writes the first `n <= lanes<T>` lanes to places `stride` apart.
template <class T>
[[gnu::always_inline]] inline void store_apart(T* to, std::size_t stride, const batch<T>& value,
                                               std::size_t n) {
  alignas(64) T lane[lanes<T>];
  value.store_aligned(lane);
  for (std::size_t l = 0; l < n; ++l) to[l * stride] = lane[l];
}

/// As load_apart, for a rest: out of line, as it comes once in many registers and is much code.
template <class T>
[[gnu::noinline]] batch<T> load_rest_apart(const T* from, std::size_t stride, std::size_t n) {
  return load_apart(from, stride, n);
}

/// Reads a register, or where it is not Whole its first n lanes, from places `stride` apart: from
/// one alone where that is 0.
template <bool Whole, class T>
[[gnu::always_inline]] inline batch<T> load_by(const T* from, std::size_t stride, std::size_t n) {
  if (stride == 0) return batch<T>(*from);
  if (stride == 1) return Whole ? load(from) : load_partial(from, n);
  return Whole ? load_apart(from, stride, lanes<T>) : load_rest_apart(from, stride, n);
}
/// Writes it to such places, which are apart.
template <bool Whole, class T>
[[gnu::always_inline]] inline void store_by(T* to, std::size_t stride, const batch<T>& value,
                                            std::size_t n) {
  if (stride != 1)
    store_apart(to, stride, value, Whole ? lanes<T> : n);
  else if (Whole)
    store(to, value);
  else
    store_partial(to, value, n);
}

}  // namespace variad::internals
