#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/ops/where_known.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct multiply : elementwise<2> {
  static constexpr std::string_view name = "multiply";
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    return x[0] * x[1];
  }
};

}  // namespace ops

/// The product, element by element, with broadcasting. A factor `known(x)` selects the rest.
template <operand_like A, operand_like B>
requires dsl_term<A> || dsl_term<B>
constexpr auto operator*(const A& a, const B& b) {
  using internals::is_mask, internals::is_selected, internals::selecting_mask;
  if constexpr (is_mask<A>)
    return apply(ops::where_known{}, a, b);
  else if constexpr (is_mask<B>)
    return apply(ops::where_known{}, b, a);
  else if constexpr (is_selected<A>)
    return apply(ops::where_known{}, selecting_mask(a), hana::at_c<1>(a.args) * b);
  else if constexpr (is_selected<B>)
    return apply(ops::where_known{}, selecting_mask(b), a * hana::at_c<1>(b.args));
  else
    return apply(ops::multiply{}, a, b);
}

}  // namespace variad
