#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <zlib.h>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace variad_fuzz {

/// Writes the checksum that a file of the safetensors format is to have into the digits that it
/// holds: without it a changed byte would be found there, and nothing behind it be reached.
inline void repair_checksum(std::uint8_t* data, std::size_t size) {
  constexpr std::string_view before = "\"crc32 ";
  constexpr std::size_t digits = 8;
  std::uint8_t* const end = data + size;
  std::uint8_t* const at = std::search(data, end, before.begin(), before.end());
  if (end - at < static_cast<std::ptrdiff_t>(before.size() + digits)) return;
  std::uint8_t* const place = at + before.size();
  std::memset(place, '0', digits);
  char text[digits + 1];
  std::snprintf(text, sizeof text, "%08lx", crc32(0, data, static_cast<uInt>(size)));
  std::memcpy(place, text, digits);
}

/// A mutation, with the right length of the header half of the time and the right checksum mostly.
inline std::size_t mutate_tensor_file(std::uint8_t* data, std::size_t size, std::size_t most,
                                      unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (size > 8 && seed % 2 == 0) {
    // The header ends with its last brace: what follows are spaces and tensors.
    std::uint64_t length = 0;
    for (std::size_t i = 8, depth = 0; i < size && length == 0; ++i) {
      if (data[i] == '{') ++depth;
      if (data[i] == '}' && depth > 0 && --depth == 0) length = i + 1 - 8;
    }
    length = std::min<std::uint64_t>((length + 7) / 8 * 8, size - 8);
    if (length > 0) std::memcpy(data, &length, sizeof length);
  }
  if (seed % 16 != 1) repair_checksum(data, size);
  return size;
}

}  // namespace variad_fuzz
