#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct exp : elementwise<1> {
  static constexpr std::string_view name = "exp";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::exp(x[0]);
  }
  template <class V>
  std::array<V, 1> derivative([[maybe_unused]] const std::array<V, 1>& x,
                              [[maybe_unused]] const V& y) const {
    return {y};
  }
};

}  // namespace ops

/// The exponential, element by element.
template <dsl_term E>
constexpr auto exp(const E& e) {
  return apply(ops::exp{}, e);
}

}  // namespace variad
