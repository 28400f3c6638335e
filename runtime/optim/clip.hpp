#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// The Euclidean norm; infinite if the sum of squares is out of range of `T`, NaN if a value is.
template <class T>
double norm(std::span<const T> values) {
  constexpr std::size_t piece = 4096;  // summed in T, and the pieces in double
  double sum = 0.0;
  for (std::size_t i = 0; i < values.size(); i += piece) {
    const std::size_t count = std::min(piece, values.size() - i);
    sum += static_cast<double>(transform_reduce<T>(
        count, [](const batch<T>& x) { return x * x; }, values.data() + i));
  }
  return std::sqrt(sum);
}

/// Scales values so that their norm is at most `max_norm`, and returns the norm they had;
/// `for_each_block(f)` calls f with a span of each block of them. A norm that is not finite leaves
/// the values as they are, for the caller to refuse.
template <class T, class ForEachBlock>
double clip_by_norm(ForEachBlock&& for_each_block, double max_norm) {
  double square = 0.0;
  for_each_block([&](std::span<T> values) {
    const double n = norm(std::span<const T>(values));
    square += n * n;
  });
  const double found = std::sqrt(square);
  if (found > max_norm && std::isfinite(found)) {
    const T shrink = static_cast<T>(max_norm / found);
    for_each_block([&](std::span<T> values) {
      for_each_vector<T>(values.size(), [&]<class V>(std::size_t i) {
        store(values.data() + i, V(load_as<V>(values.data() + i) * broadcast<V>(shrink)));
      });
    });
  }
  return found;
}

}  // namespace variad
