#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/math/trigonometric.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

namespace internals {

/// The radius of a pair of normal values, sqrt(-2 log u). `float` takes 31 bits, of which the
/// leading 24 count, since the radius needs a small u but may be zero.
template <class T>
batch<T> normal_radius(const batch<bits_of<T>>& bits) {
  if constexpr (std::same_as<T, float>) {
    const auto k = xsimd::bitwise_cast<batch<std::int32_t>>(bits >> 1);
    const batch<float> u = (xsimd::batch_cast<float>(k) + 0.5f) * 0x1p-31f;
    return math::sqrt(-2.0f * log_of_uniform(u));
  } else {
    return math::sqrt(-2.0 * log_of_uniform(open_uniform<double>(bits)));
  }
}

}  // namespace internals

/// Standard normal noise by the transform of Box and Muller (1958), which needs one logarithm for
/// two values: half a block of values is the cosines, the other half the sines of the same angles.
/// The angle's high bits pick one of four quarters of the circle and the low bits a place in it, so
/// sine and cosine need no range reduction.
struct standard_normal {
  template <internals::random_value T>
  static std::array<internals::batch<T>, 2> of(const internals::batch<internals::bits_of<T>>& a,
                                               const internals::batch<internals::bits_of<T>>& b) {
    using word = internals::bits_of<T>;
    using values = internals::batch<T>;
    using words = internals::batch<word>;
    constexpr int digits = std::same_as<T, float> ? 23 : 52;
    constexpr int width = 8 * sizeof(T);
    constexpr word one = std::bit_cast<word>(T(1)), sign = word(1) << (width - 1);
    constexpr T centre = T(1.5) - (std::same_as<T, float> ? T(0x1p-24) : T(0x1p-53));
    const values place =
        xsimd::bitwise_cast<values>((b & words((word(1) << digits) - 1)) | words(one)) - centre;
    const values angle = place * (std::numbers::pi_v<T> / 2);  // within a quarter about zero
    const values c = internals::cos_octant(angle), s = internals::sin_octant(angle);
    const auto exchange =
        xsimd::bitwise_cast<values>(((b << 1) & words(sign)) | words(one)) < values(T(0));
    const values radius =
        internals::normal_radius<T>(a) ^ xsimd::bitwise_cast<values>(b & words(sign));
    return {radius * math::select(exchange, s, c), radius * math::select(exchange, c, s)};
  }
};

/// Fills a row with standard normal values. `float` reaches to +-6.6, `double` to +-8.5. Value j
/// depends on the stream, the draw and j alone.
template <internals::random_value T>
void fill_normal(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  internals::fill_row<standard_normal>(row, out, n, draw);
}

}  // namespace variad
