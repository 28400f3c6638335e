#pragma once

#include <variad/dsl/syntax/name.hpp>
#include <variad/dsl/syntax/statement.hpp>

namespace variad {

namespace internals {

enum class variable_kind { observed, given, latent, quantity };

/// Refers to a variable from within an expression.
template <variable_kind Kind, class Name, int... Dims>
struct reference {
  static constexpr std::string_view name = "reference";
  static constexpr variable_kind kind = Kind;
  using variable_name = Name;
  static constexpr shape declared = shape_of(Dims...);
};

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

/// A named deterministic quantity, local to the model or the guide that states it.
template <internals::fixed_string Name>
inline constexpr internals::variable<internals::variable_kind::quantity, internals::to_name<Name>>
    quantity{};

}  // namespace variad
