#pragma once

#include <variad/dsl/ops/select.hpp>
#include <variad/dsl/syntax/gaps.hpp>

namespace variad {
namespace internals {

/// Whether an expression is `filled(x, e)` of a given variable.
template <class E>
inline constexpr bool fills_given = false;
template <class Op, variable_kind Kind, class Name, int... D, class... Rest>
inline constexpr bool fills_given<expression<
    Op, expression<reference_to<reading::known_element, reference<Kind, Name, D...>>>, Rest...>> =
    Kind == variable_kind::given;

}  // namespace internals

/// The data of a variable with `e` in its gaps: what a variable with gaps is read as. Of categories
/// it is the one-hot rows, and `filled(c, 0)` has a row of zeros in a gap.
template <variable_like V, operand_like E>
constexpr auto filled(const V& v, const E& e) {
  using internals::reading;
  return select(internals::read_of<reading::known_element>(v),
                internals::read_of<reading::column>(v), e);
}

}  // namespace variad
