#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct leaky_relu : elementwise<1> {
  static constexpr std::string_view name = "leaky_relu";
  double slope = 0.01;
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::select(x[0] > V(0), x[0], V(static_cast<scalar_of<V>>(slope)) * x[0]);
  }
};

}  // namespace ops

/// x where x > 0, slope·x elsewhere; its derivative at 0 is the slope.
template <dsl_term E>
constexpr auto leaky_relu(const E& e, double slope = 0.01) {
  return apply(ops::leaky_relu{{}, slope}, e);
}

}  // namespace variad
