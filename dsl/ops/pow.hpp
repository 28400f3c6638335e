#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

/// x^y, of (x, y): of a negative x where y is an integer, NaN elsewhere below 0.
struct pow : elementwise<2> {
  static constexpr std::string_view name = "pow";
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    return math::pow(x[0], x[1]);
  }
};

}  // namespace ops

/// A power, element by element, with broadcasting: `pow(z, 3)`. Of numbers below 0 the exponent has
/// to be an integer.
template <operand_like B, operand_like E>
requires(dsl_term<B> || dsl_term<E>) constexpr auto pow(const B& base, const E& exponent) {
  return apply(ops::pow{}, base, exponent);
}

}  // namespace variad
