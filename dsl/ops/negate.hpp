#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct negate : elementwise<1> {
  static constexpr std::string_view name = "negate";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return -x[0];
  }
};

}  // namespace ops

/// -x, element by element.
template <dsl_term E>
constexpr auto operator-(const E& e) {
  return apply(ops::negate{}, e);
}

}  // namespace variad
