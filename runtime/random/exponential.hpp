#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

/// Fills a row with exponential values of rate 1, -log(u). `float` reaches from 6e-8 to 16.6,
/// `double` from 1.1e-16 to 36.7. Value j depends on the stream, the draw and j alone.
template <random_value T>
void fill_exponential(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  fill_from_bits(row, draw, out, n,
                 [](const batch<bits_of<T>>& bits) { return -math::log(open_uniform<T>(bits)); });
}

}  // namespace variad
