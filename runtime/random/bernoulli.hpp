#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/math/activation.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

/// Fills a row with 1 with probability sigmoid(logit_row[j]), else 0. The probability is met to
/// 2^-23
/// (`float`) or 2^-52
/// (`double`); logit_row of +-inf are certain. Value j depends on the stream, the draw, j and its
/// logit alone.
template <random_value T>
void fill_bernoulli(stream_key row, const T* logit_row, T* out, std::size_t n,
                    std::uint32_t draw = 0) {
  const auto put = [&](const batch<bits_of<T>>& bits, std::size_t i) {
    const batch<T> logit =
        i + lanes<T> <= n ? load(logit_row + i) : load_partial(logit_row + i, n - i);
    const auto one = math::sigmoid(-logit) < open_uniform<T>(bits);
    store_below(out, math::select(one, batch<T>(T(1)), batch<T>(T(0))), i, n);
  };
  for_each_bits<T>(row, draw, n, [&](const auto& a, const auto& b, std::size_t i, std::size_t j) {
    put(a, i);
    if (j < n) put(b, j);
  });
}

}  // namespace variad
