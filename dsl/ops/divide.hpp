#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/ops/where_known.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct divide : elementwise<2> {
  static constexpr std::string_view name = "divide";
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    return x[0] / x[1];
  }
};

}  // namespace ops

/// The quotient, element by element, with broadcasting. `known(x) / e` selects 1 / e.
template <operand_like A, operand_like B>
requires dsl_term<A> || dsl_term<B>
constexpr auto operator/(const A& a, const B& b) {
  if constexpr (internals::is_mask<A>)
    return apply(ops::where_known{}, a, 1 / b);
  else if constexpr (internals::is_selected<A>)
    return apply(ops::where_known{}, internals::selecting_mask(a), hana::at_c<1>(a.args) / b);
  else
    return apply(ops::divide{}, a, b);
}

}  // namespace variad
