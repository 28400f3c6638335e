#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

/// Standard Laplace noise.
struct standard_laplace {
  template <internals::random_value T>
  static internals::batch<T> of(const internals::batch<internals::bits_of<T>>& bits) {
    return internals::flip_sign<T>(-internals::log_of_uniform<T>(internals::open_uniform<T>(bits)),
                                   bits);
  }
};

/// Fills a row with standard Laplace values (density e^-|x| / 2): an exponential value with a
/// random sign. `float` reaches to +-16.6, `double` to +-36.7. Value j depends on the stream, the
/// draw and j alone.
template <internals::random_value T>
void fill_laplace(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  internals::fill_row<standard_laplace>(row, out, n, draw);
}

}  // namespace variad
