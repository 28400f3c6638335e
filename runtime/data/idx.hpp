#pragma once

#include <memory>
#include <string>

#include <variad/runtime/data/array_file.hpp>

namespace variad {
namespace internals {

std::unique_ptr<array_file> open_idx(const std::string& path);

}  // namespace internals

/// Reads an idx file, plain or compressed by gzip, of any element type of the format. Values stay
/// as they are, those of images, too: 0 to 255. Throws `variad::error` naming the file, what was
/// found and what was expected if the file is missing, truncated, oversized, damaged or not an idx
/// file.
template <std::floating_point T>
array<T> read_idx(const std::string& path) {
  return internals::to_array<T>(*internals::open_idx(path));
}

}  // namespace variad
