#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct tanh : elementwise<1> {
  static constexpr std::string_view name = "tanh";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::tanh(x[0]);
  }
  template <class V>
  std::array<V, 1> derivative([[maybe_unused]] const std::array<V, 1>& x,
                              [[maybe_unused]] const V& y) const {
    return {V(1) - y * y};
  }
};

}  // namespace ops

/// The hyperbolic tangent, element by element.
template <dsl_term E>
constexpr auto tanh(const E& e) {
  return apply(ops::tanh{}, e);
}

}  // namespace variad
