#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <variad/runtime/simd/batch.hpp>

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

/// Writes the first `n <= lanes<T>` lanes to places `stride` apart.
template <class T>
[[gnu::always_inline]] inline void store_apart(T* to, std::size_t stride, const batch<T>& value,
                                               std::size_t n) {
  alignas(64) T lane[lanes<T>];
  value.store_aligned(lane);
  for (std::size_t l = 0; l < n; ++l) to[l * stride] = lane[l];
}

}  // namespace variad::internals
