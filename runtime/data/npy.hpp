#pragma once

#include <memory>
#include <string>

#include <variad/runtime/data/array_file.hpp>

namespace variad {
namespace internals {

std::unique_ptr<array_file> open_npy(const std::string& path);

}  // namespace internals

/// Reads an npy file of version 1 or 2: little-endian f4, f8, i2, i4, i8, or u1, i1, bool, in C
/// order. Values stay as they are.
/// Throws `variad::error` naming the file, what was found and what was expected if the file is
/// missing, truncated, oversized or of another type or order.
template <std::floating_point T>
array<T> read_npy(const std::string& path) {
  return internals::to_array<T>(*internals::open_npy(path));
}

}  // namespace variad
