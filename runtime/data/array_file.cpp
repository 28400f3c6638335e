#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include <variad/runtime/data/array_file.hpp>

namespace variad::internals {
namespace {

template <class From, class T>
void convert(const std::byte* from, std::size_t count, T* out) {
  for (std::size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, from + i * sizeof(From), sizeof(From));
    out[i] = static_cast<T>(value);
  }
}

template <class T>
void convert(element_type type, const std::byte* from, std::size_t count, T* out) {
  switch (type) {
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

}  // namespace

void array_file::set_layout(element_type type, std::vector<std::size_t> shape, bool big_endian) {
  std::size_t bytes = size_of(type);  // an extent of 0 leaves the strides of the others
  for (const std::size_t extent : shape) {
    if (extent == 0) continue;
    if (bytes > std::size_t{std::numeric_limits<std::ptrdiff_t>::max()} / extent)
      fail("found a shape of more bytes than this machine can address");
    bytes *= extent;
  }
  type_ = type;
  shape_ = std::move(shape);
  big_endian_ = big_endian;
}

void array_file::check_size(std::size_t found) const {
  if (found != bytes())
    fail(std::string(found < bytes() ? "truncated" : "oversized") + ": found " +
         std::to_string(found) + " bytes of values, expected " + std::to_string(bytes()));
}

template <class T>
void array_file::read(std::size_t first, std::size_t count, T* out) {
  const std::size_t item = size_of(type_), at_once = (std::size_t{1} << 20) / item;
  seek(first * item);
  std::vector<std::byte> part(std::min(count, at_once) * item + 1);
  std::size_t done = 0;
  do {
    const std::size_t n = std::min(at_once, count - done);
    // With the last one a byte more, at once: zlib forgets that the end of a stream is missing.
    const bool last = first + done + n == size();
    const std::size_t found = read_some(part.data(), n * item + (last ? 1 : 0));
    if (found < n * item) check_size((first + done) * item + found);
    if (found > n * item)
      fail("oversized: found more than the expected " + std::to_string(bytes()) +
           " bytes of values");
    if (big_endian_)
      for (std::size_t i = 0; i < n; ++i)
        std::reverse(part.data() + i * item, part.data() + (i + 1) * item);
    convert(type_, part.data(), n, out + done);
    done += n;
  } while (done < count);
}

template void array_file::read(std::size_t, std::size_t, float*);
template void array_file::read(std::size_t, std::size_t, double*);

}  // namespace variad::internals
