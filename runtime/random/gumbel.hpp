#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

/// Standard Gumbel noise.
struct standard_gumbel {
  template <internals::random_value T>
  static internals::batch<T> of(const internals::batch<internals::bits_of<T>>& bits) {
    return -math::log(-internals::log_of_uniform<T>(internals::open_uniform<T>(bits)));
  }
};

/// Fills a row with standard Gumbel values, -log(-log(u)): the argmax of logits plus these is a
/// draw from the categorical distribution. `float` reaches from -2.8 to 16.6, `double` from -3.6
/// to 36.7. Value j depends on the stream, the draw and j alone.
template <internals::random_value T>
void fill_gumbel(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  internals::fill_row<standard_gumbel>(row, out, n, draw);
}

}  // namespace variad
