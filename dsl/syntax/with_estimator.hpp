#pragma once

#include <boost/hana/transform.hpp>

#include <variad/dsl/syntax/statement.hpp>

namespace variad {

namespace internals {

template <class Name, class Statement>
inline constexpr bool draws_variable = false;
template <class Name, class Draw, class... V>
inline constexpr bool draws_variable<Name, draw_statement<Draw, V...>> =
    (std::is_same_v<Name, typename V::variable_name> || ...);

template <class Name, class Estimator>
struct estimator_setter {
  Estimator estimator;

  template <class Family, class Old, class... P>
  constexpr auto of_draw(const draw<Family, Old, P...>& d) const {
    return draw<Family, Estimator, P...>{estimator, d.parameters};
  }

  template <class Draw, class... V>
  constexpr auto operator()(const draw_statement<Draw, V...>& s) const {
    if constexpr (draws_variable<Name, draw_statement<Draw, V...>>) {
      const auto d = of_draw(s.draw);
      return draw_statement<std::remove_cv_t<decltype(d)>, V...>{d};
    } else {
      return s;
    }
  }
  template <class V, class E>
  constexpr auto operator()(const quantity_statement<V, E>& s) const {
    return s;
  }
  template <bool OfTraining, class E>
  constexpr auto operator()(const term_statement<OfTraining, E>& s) const {
    return s;
  }
  template <class Plate, int Size, class... S>
  constexpr auto operator()(const plate_block<Plate, Size, S...>& block) const {
    return hana::unpack(hana::transform(block.statements, *this), [](const auto&... s) {
      return plate_block<Plate, Size, std::remove_cvref_t<decltype(s)>...>{{s...}};
    });
  }
};

}  // namespace internals

/// The guide with another estimator for the draw of a variable, or of the joint draw that it is
/// part of: `with_estimator<"z">(q, local_expectation{})`.
template <internals::fixed_string Name, class Estimator, class... S>
constexpr auto with_estimator(const internals::guide_program<S...>& q, const Estimator& e) {
  const internals::estimator_setter<internals::to_name<Name>, Estimator> set{e};
  return hana::unpack(hana::transform(q.statements, set), [](const auto&... s) {
    return internals::guide_program<std::remove_cvref_t<decltype(s)>...>{{s...}};
  });
}

}  // namespace variad
