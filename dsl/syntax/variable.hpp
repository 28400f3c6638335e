#pragma once

#include <variad/dsl/syntax/name.hpp>
#include <variad/dsl/syntax/statement.hpp>

namespace variad {

namespace internals {

enum class variable_kind { observed, given, latent, partly_observed, quantity };

/// What is read of a variable.
enum class reading {
  value,          ///< its value: drawn, computed or data
  column,         ///< its data: the datum where it is there, 0 where it is not
  known,          ///< for each declared variable 1 where the datum is there, 0 where it is not
  missing,        ///< 1 where it is not
  known_element,  ///< as `known`, for each number of the value
  known_row,      ///< 1 where all of a row is there
};

/// Refers to a variable from within an expression.
template <variable_kind Kind, class Name, int... Dims>
struct reference {
  static constexpr std::string_view name = "reference";
  static constexpr variable_kind kind = Kind;
  static constexpr reading reads = reading::value;
  using variable_name = Name;
  static constexpr shape declared = shape_of(Dims...);
};
/// Refers to something else of it than its value.
template <reading What, class Reference>
struct reference_to : Reference {
  static constexpr reading reads = What;
};

template <class Op>
inline constexpr bool is_reference = false;
template <variable_kind Kind, class Name, int... Dims>
inline constexpr bool is_reference<reference<Kind, Name, Dims...>> = true;
template <reading What, class Reference>
inline constexpr bool is_reference<reference_to<What, Reference>> = true;

template <variable_kind Kind, class Name, int... Dims>
struct variable : variable_tag, mistaken<Name> {
  using reference = internals::reference<Kind, Name, Dims...>;
  using variable_name = Name;
  static constexpr variable_kind kind = Kind;
  static constexpr shape declared = shape_of(Dims...);

  /// `z = ~normal(0, 1)` states a draw, `h = tanh(x)` a deterministic quantity.
  template <class Right>
  constexpr auto operator=(const Right& right) const {
    return internals::make_statement(*this, right);
  }
};

template <class V>
inline constexpr bool is_given = false;
template <class Name, int... Dims>
inline constexpr bool is_given<variable<variable_kind::given, Name, Dims...>> = true;

}  // namespace internals

/// Data that the model explains: `observed<"x", 784>` is 784 values a row.
template <internals::fixed_string Name, int... Dims>
inline constexpr internals::variable<internals::variable_kind::observed, internals::to_name<Name>,
                                     Dims...>
    observed{};

/// Data that the model conditions on: it has no statement of its own. It belongs to the plate in
/// which it is used first.
template <internals::fixed_string Name, int... Dims>
inline constexpr internals::variable<internals::variable_kind::given, internals::to_name<Name>,
                                     Dims...>
    given{};

/// A variable drawn in the guide, with a prior in the model: `latent<"z", 20>` is 20 variables.
template <internals::fixed_string Name, int... Dims>
inline constexpr internals::variable<internals::variable_kind::latent, internals::to_name<Name>,
                                     Dims...>
    latent{};

/// Data that may be there in part: `partly_observed<"label">` has a prior in the model and a column
/// with gaps. Where the guide draws it, a gap is latent, and what is there is conditioned on; where
/// it does not, gaps are left out of the likelihood.
template <internals::fixed_string Name, int... Dims>
inline constexpr internals::variable<internals::variable_kind::partly_observed,
                                     internals::to_name<Name>, Dims...>
    partly_observed{};

/// A named deterministic quantity, local to the model or the guide that states it.
template <internals::fixed_string Name>
inline constexpr internals::variable<internals::variable_kind::quantity, internals::to_name<Name>>
    quantity{};

}  // namespace variad
