#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct relu : elementwise<1> {
  static constexpr std::string_view name = "relu";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::max(x[0], V(0));
  }
};

}  // namespace ops

/// max(x, 0), element by element; its derivative at 0 is 0.
template <dsl_term E>
constexpr auto relu(const E& e) {
  return apply(ops::relu{}, e);
}

}  // namespace variad
