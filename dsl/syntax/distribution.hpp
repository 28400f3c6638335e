#pragma once

#include <type_traits>
#include <utility>

#include <variad/dsl/syntax/keyword.hpp>
#include <variad/dsl/syntax/parameter_constraint.hpp>

namespace variad {

namespace internals {

/// Says that nobody chose the estimator of a draw: the compiler does.
struct by_default {};

/// `~distribution`: a draw.
template <class Family, class Estimator, class... Parameters>
struct draw {
  using family = Family;
  [[no_unique_address]] Estimator estimator;
  hana::tuple<Parameters...> parameters;
};

/// A family with the expressions of its parameters.
template <class Family, class Estimator, class... Parameters>
struct distribution {
  [[no_unique_address]] Estimator estimator;
  hana::tuple<Parameters...> parameters;

  /// Chooses the gradient estimator of this draw: one of variad's, or the user's own.
  template <class E>
  constexpr auto by(const E& chosen) const {
    return distribution<Family, E, Parameters...>{chosen, parameters};
  }

  constexpr auto operator~() const {
    return draw<Family, Estimator, Parameters...>{estimator, parameters};
  }
};

template <class D>
inline constexpr bool is_draw = false;
template <class F, class E, class... P>
inline constexpr bool is_draw<draw<F, E, P...>> = true;
template <class D>
inline constexpr bool is_distribution = false;
template <class F, class E, class... P>
inline constexpr bool is_distribution<distribution<F, E, P...>> = true;

/// A draw whose family depends on the variables that are drawn: `over<V...>()` of `make` gives the
/// draw of the variables V.
template <class Make>
struct draw_over_variables {
  Make make;
};
/// The distribution that it is a draw from.
template <class Make>
struct distribution_over_variables {
  Make make;
  constexpr auto operator~() const { return draw_over_variables<Make>{make}; }
};
template <class M>
inline constexpr bool is_draw<draw_over_variables<M>> = true;
template <class M>
inline constexpr bool is_distribution<distribution_over_variables<M>> = true;

template <class... V, class D>
requires is_draw<D>
constexpr auto draw_of(const D& d) { return d; }
template <class... V, class Make>
constexpr auto draw_of(const draw_over_variables<Make>& d) {
  return d.make.template over<V...>();
}

/// How an argument of a family is given: by the tag of its keyword, or by its place alone.
struct by_place {};
template <class A>
struct given_as {
  using type = by_place;
};
template <class Tag, class E>
struct given_as<named_argument<Tag, E>> {
  using type = Tag;
};
/// The family of a draw whose parameters are a mistake that was said.
struct mistaken_family {};
/// What a family returns for arguments that it does not take, which Mistake says: a distribution in
/// form, so that this is the only error. What is inferred with it says no more.
template <class Mistake>
struct in_form : Mistake {
  constexpr auto operator~() const { return draw<mistaken_family, by_default>{}; }
  template <class E>
  constexpr auto by(const E& chosen) const {
    return distribution<mistaken_family, E>{chosen, {}};
  }
};
template <class...>
inline constexpr bool takes = false;
/// The same, where Takes<...> says it of the ways in which the arguments A are given.
template <template <class...> class Takes, class... A>
using refused = in_form<Takes<typename given_as<A>::type...>>;

/// Calls of these end the constant evaluation of a model: their names, and the family, are what the
/// compiler prints. In a model that is not constexpr, `infer` says it (check_literals.hpp).
template <class Family>
void a_parameter_is_a_positive_number() {}
template <class Family>
void a_probability_lies_between_0_and_1() {}
template <class Family>
void a_probability_is_not_negative() {}
template <class Family>
void a_parameter_is_a_number() {}

/// A parameter that is a number, and not what it must be.
template <class Family, class E>
constexpr void check_literal(const E& e, const parameter_rule& rule) {
  if constexpr (std::is_arithmetic_v<E>) {
    check_literal<Family>(as_expression(e), rule);
  } else if constexpr (std::is_same_v<E, expression<ops::literal>>) {
    if (satisfies(rule.must_be, e.op.value)) return;
    switch (rule.must_be) {
      case parameter_constraint::positive:
      case parameter_constraint::positive_diagonal:
        return a_parameter_is_a_positive_number<Family>();
      case parameter_constraint::probability:
        return a_probability_lies_between_0_and_1<Family>();
      case parameter_constraint::weight:
        return a_probability_is_not_negative<Family>();
      default:
        return a_parameter_is_a_number<Family>();
    }
  }
}

}  // namespace internals

/// A family applied to its parameters, in the family's order. A number that is not what a parameter
/// must be is a compile error in a constexpr model.
template <class Family, operand_like... E>
constexpr auto make_distribution(const E&... e) {
  if (std::is_constant_evaluated()) [&]<std::size_t... I>(std::index_sequence<I...>) {
      (internals::check_literal<Family>(e, Family::parameter_rules[I]), ...);
    }
  (std::index_sequence_for<E...>{});
  return internals::distribution<Family, internals::by_default, expression_of<E>...>{
      {}, hana::tuple<expression_of<E>...>{as_expression(e)...}};
}

}  // namespace variad
