#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct subtract : elementwise<2> {
  static constexpr std::string_view name = "subtract";
  static constexpr op_traits traits{.adds = true};
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    return x[0] - x[1];
  }
};

}  // namespace ops

/// The difference, element by element, with broadcasting.
template <operand_like A, operand_like B>
requires dsl_term<A> || dsl_term<B>
constexpr auto operator-(const A& a, const B& b) { return apply(ops::subtract{}, a, b); }

}  // namespace variad
