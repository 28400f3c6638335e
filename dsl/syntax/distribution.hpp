#pragma once

#include <variad/dsl/syntax/keyword.hpp>

namespace variad {

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
constexpr auto draw_of(const D& d) {
  return d;
}
template <class... V, class Make>
constexpr auto draw_of(const draw_over_variables<Make>& d) {
  return d.make.template over<V...>();
}

/// A family applied to its parameters, in the family's order.
template <class Family, operand_like... E>
constexpr auto make_distribution(const E&... e) {
  return distribution<Family, by_default, expression_of<E>...>{
      {}, hana::tuple<expression_of<E>...>{as_expression(e)...}};
}

}  // namespace variad
