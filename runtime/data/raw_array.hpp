#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <variad/runtime/data/array.hpp>

namespace variad::internals {

/// The element types that idx and npy files hold.
enum class element_type { boolean, uint8, int8, int16, int32, int64, float32, float64 };

/// An array as a file holds it: little-endian bytes in row-major order.
struct raw_array {
  element_type type = element_type::uint8;
  std::vector<std::size_t> shape;
  std::vector<std::byte> bytes;
};

static_assert(std::endian::native == std::endian::little,
              "variad reads and writes its files on little-endian machines");

[[nodiscard]] constexpr std::size_t size_of(element_type type) {
  constexpr std::array<std::size_t, 8> sizes{1, 1, 1, 2, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(type)];
}

/// The product of the extents and `item` in bytes. Throws `variad::error` naming `file` if it does
/// not fit a std::size_t.
std::size_t byte_count(std::span<const std::size_t> shape, std::size_t item,
                       const std::string& file);

/// Writes the elements first .. first + count - 1 of `raw` to `out`, float or double; an integer is
/// that number.
template <std::floating_point T>
void copy_elements(const raw_array& raw, std::size_t first, std::size_t count, T* out);

template <class T>
array<T> to_array(const raw_array& raw) {
  auto result = array<T>::from_shape(raw.shape);
  copy_elements(raw, 0, result.size(), result.data());
  return result;
}

}  // namespace variad::internals
