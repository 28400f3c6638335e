#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

/// Standard logistic noise.
struct standard_logistic {
  template <internals::random_value T>
  static internals::batch<T> of(const internals::batch<internals::bits_of<T>>& bits) {
    const internals::batch<T> u = internals::open_uniform<T>(bits);
    return math::log(u / (T(1) - u));
  }
};

/// Fills a row with standard logistic values, log(u / (1 - u)): a logit plus these is positive
/// where `fill_bernoulli` of the same stream and draw gives 1 (up to rounding at the threshold).
/// `float` reaches to +-16.6, `double` to +-36.7. Value j depends on the stream, the draw and j
/// alone.
template <internals::random_value T>
void fill_logistic(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  internals::fill_row<standard_logistic>(row, out, n, draw);
}

}  // namespace variad
