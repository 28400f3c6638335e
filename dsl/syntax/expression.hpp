#pragma once

#include <concepts>
#include <type_traits>

#include <boost/hana/tuple.hpp>

#include <variad/dsl/syntax/literal.hpp>

namespace variad {

namespace hana = boost::hana;

/// An operation applied to expressions. Op says what it is; its value holds what only the
/// run knows (a literal, a slope, an initialiser, a user's function).
template <class Op, class... Args>
struct expression {
  [[no_unique_address]] Op op;
  [[no_unique_address]] hana::tuple<Args...> args;
};

template <class E>
inline constexpr bool is_expression = false;
template <class Op, class... Args>
inline constexpr bool is_expression<expression<Op, Args...>> = true;

/// Variables of the DSL derive from this tag (variable.hpp).
struct variable_tag {};

template <class E>
concept variable_like = std::derived_from<std::remove_cvref_t<E>, variable_tag>;
template <class E>
concept dsl_term = is_expression<std::remove_cvref_t<E>> || variable_like<E>;
/// What may stand where an expression is expected: a term of the DSL, or a number.
template <class E>
concept operand_like = dsl_term<E> || std::is_arithmetic_v<std::remove_cvref_t<E>>;

template <operand_like E>
constexpr auto as_expression(const E& e) {
  if constexpr (std::is_arithmetic_v<E>) {
    return expression<ops::literal>{{static_cast<double>(e)}, {}};
  } else if constexpr (variable_like<E>) {
    return expression<typename E::reference>{};
  } else {
    return e;
  }
}

template <class E>
using expression_of = decltype(as_expression(std::declval<const E&>()));

/// Applies an op to operands: `apply(ops::tanh{}, x)`.
template <class Op, operand_like... E>
constexpr auto apply(Op op, const E&... e) {
  return expression<Op, expression_of<E>...>{op,
                                             hana::tuple<expression_of<E>...>{as_expression(e)...}};
}

}  // namespace variad
