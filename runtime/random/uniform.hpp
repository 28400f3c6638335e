#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/random/words.hpp>

namespace variad {

/// Uniform noise in the open interval (0, 1).
struct standard_uniform {
  template <internals::random_value T>
  static internals::batch<T> of(const internals::batch<internals::bits_of<T>>& bits) {
    return internals::open_uniform<T>(bits);
  }
};

/// Fills a row with uniform values in the open interval (0, 1), symmetric about 1/2 and exact: odd
/// multiples of 2^-24
/// (`float`) or 2^-53 (`double`). Value j depends on the stream, the draw and j alone.
template <internals::random_value T>
void fill_uniform(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  internals::fill_row<standard_uniform>(row, out, n, draw);
}

}  // namespace variad
