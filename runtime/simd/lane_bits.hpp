#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

/// Bit l is lane l of a mask.
template <class T>
std::uint64_t lane_bits(const xsimd::batch_bool<T>& mask) {
#if XSIMD_WITH_AVX512F
  return static_cast<std::uint64_t>(
      static_cast<typename xsimd::batch_bool<T>::register_type>(mask));
#else
#if XSIMD_WITH_AVX
  if constexpr (std::is_same_v<T, float>) {
    return static_cast<std::uint64_t>(_mm256_movemask_ps(mask));
  } else if constexpr (std::is_same_v<T, double>) {
    return static_cast<std::uint64_t>(_mm256_movemask_pd(mask));
  } else
#endif
  {
    bool lane[xsimd::batch_bool<T>::size];
    mask.store_unaligned(lane);
    std::uint64_t bits = 0;
    for (std::size_t l = 0; l < xsimd::batch_bool<T>::size; ++l)
      bits |= std::uint64_t{lane[l]} << l;
    return bits;
  }
#endif
}

}  // namespace variad::internals
