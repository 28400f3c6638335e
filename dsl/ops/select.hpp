#pragma once

#include <cstdint>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct select : elementwise<3> {
  static constexpr std::string_view name = "select";
  /// The value jumps where the condition changes its sign, and is constant in it elsewhere.
  static constexpr op_traits traits{.without_derivative = 0b001};
  template <class V>
  V forward(const std::array<V, 3>& x) const {
    return math::select(x[0] > V(0), x[1], x[2]);
  }
};

}  // namespace ops

/// a where the condition is positive, b elsewhere, at 0 too. No derivative passes through the
/// condition, where the value jumps: draws that it reads have an estimator that needs none,
/// `score_function` for a normal one, and a condition of parameters and continuous draws together
/// is a compile error.
template <operand_like C, operand_like A, operand_like B>
requires dsl_term<C> || dsl_term<A> || dsl_term<B>
constexpr auto select(const C& condition, const A& a, const B& b) {
  return apply(ops::select{}, condition, a, b);
}

}  // namespace variad
