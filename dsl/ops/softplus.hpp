#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct softplus : elementwise<1> {
  static constexpr std::string_view name = "softplus";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::softplus(x[0]);
  }
};

}  // namespace ops

/// log(1 + e^x), element by element.
template <dsl_term E>
constexpr auto softplus(const E& e) {
  return apply(ops::softplus{}, e);
}

}  // namespace variad
