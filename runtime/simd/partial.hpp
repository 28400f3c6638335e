#pragma once

#include <concepts>
#include <cstring>
#include <type_traits>

#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

// Masked moves where the target has them: a copy through the stack costs a failed store forwarding,
// which is as much as the exponential of the whole register.

/// Reads the `n <= lanes<T>` values at `from` and nothing beyond them; the other lanes are zero.
template <class T>
batch<T> load_partial(const T* from, std::size_t n) {
#if XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float>) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1u), from);
  } else if constexpr (std::is_same_v<T, double>) {
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1u), from);
  } else
#elif XSIMD_WITH_AVX2
  if constexpr (std::is_same_v<T, float>) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_maskload_ps(from,
                              _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane));
  } else if constexpr (std::is_same_v<T, double>) {
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_maskload_pd(
        from, _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(n)), lane));
  } else
#endif
  {
    alignas(64) T lane[lanes<T>] = {};
    std::memcpy(lane, from, n * sizeof(T));
    return batch<T>::load_aligned(lane);
  }
}

/// The same with `fill` in the other lanes.
template <class T>
batch<T> load_partial(const T* from, std::size_t n, T fill) {
#if XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float>) {
    return _mm512_mask_loadu_ps(batch<T>(fill), static_cast<__mmask16>((1u << n) - 1u), from);
  } else if constexpr (std::is_same_v<T, double>) {
    return _mm512_mask_loadu_pd(batch<T>(fill), static_cast<__mmask8>((1u << n) - 1u), from);
  } else
#endif
  {
    alignas(64) T lane[lanes<T>];
    for (std::size_t i = 0; i < lanes<T>; ++i) lane[i] = i < n ? from[i] : fill;
    return batch<T>::load_aligned(lane);
  }
}

/// Writes the first `n <= lanes<T>` lanes to `to` and nothing beyond them.
template <class T>
void store_partial(T* to, const batch<T>& value, std::size_t n) {
#if XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float>) {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << n) - 1u), value);
  } else if constexpr (std::is_same_v<T, double>) {
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << n) - 1u), value);
  } else
#elif XSIMD_WITH_AVX2
  if constexpr (std::is_same_v<T, float>) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(to, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), lane),
                        value);
  } else if constexpr (std::is_same_v<T, double>) {
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    _mm256_maskstore_pd(to, _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(n)), lane),
                        value);
  } else
#endif
  {
    alignas(64) T lane[lanes<T>];
    value.store_aligned(lane);
    std::memcpy(to, lane, n * sizeof(T));
  }
}

/// The first `n <= lanes<T>` lanes, and zeros in place of the others, whatever they hold.
template <class T>
batch<T> first_lanes(const batch<T>& value, std::size_t n) {
#if XSIMD_WITH_AVX512F
  if constexpr (std::is_same_v<T, float>) {
    return _mm512_maskz_mov_ps(static_cast<__mmask16>((1u << n) - 1u), value);
  } else if constexpr (std::is_same_v<T, double>) {
    return _mm512_maskz_mov_pd(static_cast<__mmask8>((1u << n) - 1u), value);
  } else
#elif XSIMD_WITH_AVX2
  if constexpr (std::is_same_v<T, float>) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_and_ps(value, _mm256_castsi256_ps(_mm256_cmpgt_epi32(
                                    _mm256_set1_epi32(static_cast<int>(n)), lane)));
  } else if constexpr (std::is_same_v<T, double>) {
    const __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_and_pd(value, _mm256_castsi256_pd(_mm256_cmpgt_epi64(
                                    _mm256_set1_epi64x(static_cast<long long>(n)), lane)));
  } else
#endif
  {
    alignas(64) T lane[lanes<T>];
    value.store_aligned(lane);
    for (std::size_t i = n; i < lanes<T>; ++i) lane[i] = T(0);
    return batch<T>::load_aligned(lane);
  }
}

}  // namespace variad::internals
