#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <variad/runtime/data/array.hpp>
#include <variad/runtime/error.hpp>

namespace variad {

/// The element types that idx and npy files hold.
enum class element_type { boolean, uint8, int8, int16, int32, int64, float32, float64 };

/// An array as a file holds it: little-endian bytes in row-major order.
struct raw_array {
  element_type type = element_type::uint8;
  std::vector<std::size_t> shape;
  std::vector<std::byte> bytes;
  /// Unsigned bytes are pixels, read as byte / 255.
  bool pixels = false;
};

static_assert(std::endian::native == std::endian::little,
              "variad reads and writes its files on little-endian machines");

namespace detail {

[[nodiscard]] constexpr std::size_t size_of(element_type type) {
  constexpr std::array<std::size_t, 8> sizes{1, 1, 1, 2, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(type)];
}

/// The product of the extents and `item` in bytes. Throws `variad::error` naming `file` if it does
/// not fit a std::size_t.
inline std::size_t byte_count(std::span<const std::size_t> shape, std::size_t item,
                              const std::string& file) {
  std::size_t bytes = item;
  bool empty = false;
  for (const std::size_t extent : shape) {
    empty = empty || extent == 0;
    if (extent == 0) continue;
    if (bytes > std::numeric_limits<std::size_t>::max() / extent)
      throw error("'" + file + "': found a shape of more bytes than this machine can address");
    bytes *= extent;
  }
  return empty ? 0 : bytes;
}

template <class From, class T>
void convert(const std::byte* from, std::size_t count, T* out) {
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + i * sizeof(From), sizeof(From));
    out[i] = static_cast<T>(value);
  }
}

/// Writes the elements first .. first + count - 1 of `raw` to `out`.
template <class T>
void copy_elements(const raw_array& raw, std::size_t first, std::size_t count, T* out) {
  const std::byte* from = raw.bytes.data() + first * size_of(raw.type);
  switch (raw.type) {
    case element_type::uint8:
      convert<std::uint8_t>(from, count, out);
      // A division, so that 255 becomes 1 and the values are the nearest to byte / 255.
      if (raw.pixels) std::for_each(out, out + count, [](T& pixel) { pixel /= T(255); });
      return;
    case element_type::boolean:
      for (std::size_t i = 0; i < count; ++i) out[i] = from[i] == std::byte{0} ? T(0) : T(1);
      return;
    case element_type::int8:
      return convert<std::int8_t>(from, count, out);
    case element_type::int16:
      return convert<std::int16_t>(from, count, out);
    case element_type::int32:
      return convert<std::int32_t>(from, count, out);
    case element_type::int64:
      return convert<std::int64_t>(from, count, out);
    case element_type::float32:
      return convert<float>(from, count, out);
    case element_type::float64:
      return convert<double>(from, count, out);
  }
}

template <class T>
array<T> to_array(const raw_array& raw) {
  auto result = array<T>::from_shape(raw.shape);
  copy_elements(raw, 0, result.size(), result.data());
  return result;
}

}  // namespace detail
}  // namespace variad
