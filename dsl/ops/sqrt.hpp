#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct sqrt : elementwise<1> {
  static constexpr std::string_view name = "sqrt";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::sqrt(x[0]);
  }
  template <class V>
  std::array<V, 1> derivative([[maybe_unused]] const std::array<V, 1>& x,
                              [[maybe_unused]] const V& y) const {
    return {V(0.5) * math::finite_inverse(y)};
  }
};

}  // namespace ops

/// The square root, element by element. Its derivative at 0 is large and finite, so that what
/// weighs nothing learns nothing.
template <dsl_term E>
constexpr auto sqrt(const E& e) {
  return apply(ops::sqrt{}, e);
}

}  // namespace variad
