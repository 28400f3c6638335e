#pragma once

#include <string_view>

#include <variad/dsl/contracts/elementwise.hpp>

namespace variad::ops {

/// What a term or a loss adds: the sum of the elements of its expression.
struct total : summed<1> {
  static constexpr std::string_view name = "total";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return x[0];
  }
};

}  // namespace variad::ops
