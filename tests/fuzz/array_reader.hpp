#pragma once

#include <cstring>
#include <vector>

#include "fuzz_file.hpp"

#include <variad/runtime/data/array_file.hpp>

namespace variad_fuzz {

/// Reads a whole array, and then its second half alone, which must be the same values.
template <class Open>
void read_array(std::span<const std::uint8_t> bytes, Open&& open) {
  reads_or_refuses([&] {
    const std::string& path = file_of(bytes);
    const auto whole = open(path);
    const auto all = variad::internals::to_array<double>(*whole);
    require(all.size() == whole->size(), "an array of another size than its shape");
    const std::size_t first = all.size() / 2, count = all.size() - first;
    std::vector<double> half(count);
    open(path)->read(first, count, half.data());
    require(count == 0 || std::memcmp(half.data(), all.data() + first, count * sizeof(double)) == 0,
            "a part that differs from the whole");
  });
}

}  // namespace variad_fuzz
