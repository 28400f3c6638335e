#include <cstdint>
#include <cstring>
#include <limits>

#include <variad/runtime/data/raw_array.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals {

std::size_t byte_count(std::span<const std::size_t> shape, std::size_t item,
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

namespace {

template <class From, class T>
void convert(const std::byte* from, std::size_t count, T* out) {
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + i * sizeof(From), sizeof(From));
    out[i] = static_cast<T>(value);
  }
}

}  // namespace

template <std::floating_point T>
void copy_elements(const raw_array& raw, std::size_t first, std::size_t count, T* out) {
  const std::byte* from = raw.bytes.data() + first * size_of(raw.type);
  switch (raw.type) {
    case element_type::uint8:
      return convert<std::uint8_t>(from, count, out);
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

template void copy_elements(const raw_array&, std::size_t, std::size_t, float*);
template void copy_elements(const raw_array&, std::size_t, std::size_t, double*);

}  // namespace variad::internals
