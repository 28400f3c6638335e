#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {

/// The Euclidean norm in double: infinite if it is out of range or a value is infinite, NaN if a
/// value is. Values whose squares are out of range of `T` are squared as shares of the largest.
template <class T>
double norm(std::span<const T> values) {
  constexpr std::size_t piece = 4096;  // summed in T, and the pieces in double
  double sum = 0.0;
  for (std::size_t i = 0; i < values.size(); i += piece) {
    const std::size_t count = std::min(piece, values.size() - i);
    sum += static_cast<double>(transform_reduce<T>(
        count, [](const batch<T>& x) { return x * x; }, values.data() + i));
  }
  if (std::isfinite(sum)) return std::sqrt(sum);
  double largest = 0.0;
  for (const T x : values)
    if (!(std::abs(static_cast<double>(x)) <= largest)) largest = std::abs(static_cast<double>(x));
  if (!std::isfinite(largest)) return largest;
  sum = 0.0;
  for (const T x : values) {
    const double share = static_cast<double>(x) / largest;
    sum += share * share;
  }
  return largest * std::sqrt(sum);
}

/// Scales values so that their norm is at most `max_norm`, and returns the norm they had;
/// `for_each_block(f)` calls f with a span of each block of them. A norm that is not finite leaves
/// the values as they are, for the caller to refuse.
template <class T, class ForEachBlock>
double clip_by_norm(ForEachBlock&& for_each_block, double max_norm) {
  double found = 0.0;
  for_each_block(
      [&](std::span<T> values) { found = std::hypot(found, norm(std::span<const T>(values))); });
  if (found > max_norm && std::isfinite(found)) {
    // A factor too small for T is applied as its root, twice.
    const bool twice = max_norm < found * double{std::numeric_limits<T>::min()};
    const T shrink =
        static_cast<T>(twice ? std::sqrt(max_norm) / std::sqrt(found) : max_norm / found);
    for (int pass = 0; pass < (twice ? 2 : 1); ++pass)
      for_each_block([&](std::span<T> values) {
        for_each_vector<T>(values.size(), [&]<class V>(std::size_t i) {
          store(values.data() + i, V(load_as<V>(values.data() + i) * broadcast<V>(shrink)));
        });
      });
  }
  return found;
}

}  // namespace variad::internals
