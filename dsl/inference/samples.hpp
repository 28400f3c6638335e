#pragma once

#include <cstddef>

#include <variad/runtime/error.hpp>

namespace variad {

/// How many samples to take, at least one.
struct samples {
  std::size_t count;
  constexpr explicit samples(std::size_t n) : count(n) {
    if (n == 0) throw error("samples: found 0, expected at least one");
    if (n >> 48 != 0) throw error("samples: found a negative number, or one above 2^48");
  }
};

}  // namespace variad
