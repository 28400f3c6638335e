#pragma once

#include <string>

#include <variad/runtime/data/raw_array.hpp>

namespace variad {
namespace internals {

raw_array load_idx(const std::string& path);

}  // namespace internals

/// Reads an idx file, plain or compressed by gzip, of any element type of the format. Values stay
/// as they are, those of images, too: 0 to 255. Throws `variad::error` naming the file, what was
/// found and what was expected if the file is missing, truncated, oversized, damaged or not an idx
/// file.
template <std::floating_point T>
array<T> read_idx(const std::string& path) {
  return internals::to_array<T>(internals::load_idx(path));
}

}  // namespace variad
