#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/random/normal.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// Fills a row with gamma values of rate 1, value j of the concentration of[j], by the rejections
/// of Marsaglia and Tsang (2000): the first of at most 64 proposals that is not rejected, and of
/// these the very first is in 19 cases of 20. Below a concentration a of 1 it is one of a + 1 times
/// u^(1/a), and at least the smallest normal number. Value j depends on the stream, of[j] and j
/// alone.
template <internals::random_value T>
void fill_gamma(stream_key row, const T* of, T* out, std::size_t n) {
  constexpr std::size_t tile = 64;
  constexpr std::uint32_t proposals = 64;
  const internals::batch<T> one(T(1)), zero(T(0)), third(T(1) / T(3));
  std::array<T, tile> x, u;
  for (std::size_t begin = 0; begin < n; begin += tile) {
    const std::size_t count = std::min(tile, n - begin);
    const stream_key key = internals::derive(row, static_cast<std::uint32_t>(begin / tile), 0);
    T* const value = out + begin;
    // Values to be found are 0.
    std::fill_n(value, count, T(0));
    for (std::uint32_t p = 0; p < proposals && std::count(value, value + count, T(0)) > 0; ++p) {
      fill_normal(key, x.data(), count, 2 * p);
      fill_uniform(key, u.data(), count, 2 * p + 1);
      internals::for_each_part<T>(count, [&](std::size_t i, std::size_t m) {
        const internals::batch<T> a = internals::load_partial(of + begin + i, m);
        const internals::batch<T> d =
            math::select(a < one, internals::batch<T>(a + one), a) - third;
        const internals::batch<T> z = internals::load_partial(x.data() + i, m),
                                  w = internals::load_partial(u.data() + i, m);
        const internals::batch<T> root = one + z / math::sqrt(internals::batch<T>(T(9) * d)),
                                  v = root * root * root;
        const auto taken =
            (v > zero) & (math::log(w) < T(0.5) * z * z + d * (one - v + math::log(v)));
        const internals::batch<T> found = internals::load_partial(value + i, m);
        internals::store_partial(
            value + i, math::select((found == zero) & taken, internals::batch<T>(d * v), found), m);
      });
    }
    fill_uniform(key, u.data(), count, 2 * proposals);
    internals::for_each_part<T>(count, [&](std::size_t i, std::size_t m) {
      const internals::batch<T> a = internals::load_partial(of + begin + i, m);
      const internals::batch<T> share =
          math::exp(internals::batch<T>(math::log(internals::load_partial(u.data() + i, m)) / a));
      const internals::batch<T> whole = internals::load_partial(value + i, m);
      internals::store_partial(
          value + i,
          math::max(math::select(a < one, internals::batch<T>(whole * share), whole),
                    internals::batch<T>(std::numeric_limits<T>::min())),
          m);
    });
  }
}

}  // namespace variad
