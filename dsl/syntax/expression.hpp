#pragma once

#include <concepts>
#include <type_traits>

#include <boost/hana/tuple.hpp>

#include <variad/dsl/syntax/literal.hpp>

namespace variad {

namespace hana = boost::hana;

/// What variables and expressions are not, and are taken for: each use is an error that says what
/// to write. `What` is the name of the variable, or the op.
template <class What>
struct mistaken {
  /// As a number, by functions of `std::` that take one.
  template <std::same_as<double> T>
  constexpr operator T() const {
    static_assert(!std::is_same_v<T, double>,
                  "a variable or an expression is used as a number: functions of std:: take "
                  "numbers, so write exp(z) for std::exp(z); the README lists the ops, and "
                  "elementwise([](auto x) { return ...; })(z) is one of your own");
    return T{1};
  }
  /// As a container.
  template <class I>
  constexpr auto operator[](const I&) const;
};

/// An operation applied to expressions. Op says what it is; its value holds what only the
/// run knows (a literal, a slope, an initialiser, a user's function).
template <class Op, class... Args>
struct expression : mistaken<Op> {
  constexpr expression() = default;
  constexpr expression(const Op& o, const hana::tuple<Args...>& a) : op(o), args(a) {}

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
    return expression<ops::literal>{ops::literal{static_cast<double>(e)}, hana::tuple<>{}};
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

template <class What>
template <class I>
constexpr auto mistaken<What>::operator[](const I&) const {
  static_assert(!std::is_same_v<I, I>,
                "a variable or an expression is read by index: write slice<0, 1>(z) for z[0], the "
                "elements from 0 to before 1 of the last axis, and take(z, c) for z[c]");
  return as_expression(0);
}

}  // namespace variad
