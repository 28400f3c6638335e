#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct square : elementwise<1> {
  static constexpr std::string_view name = "square";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return x[0] * x[0];
  }
};

}  // namespace ops

/// x², element by element.
template <dsl_term E>
constexpr auto square(const E& e) {
  return apply(ops::square{}, e);
}

}  // namespace variad
