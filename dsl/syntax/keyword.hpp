#pragma once

#include <variad/dsl/syntax/expression.hpp>

namespace variad {

namespace internals {

/// A named argument: `logits = dense<784>(z)`.
template <class Tag, class E>
struct named_argument {
  using tag = Tag;
  E value;
};

/// A keyword of a family's parameters; `keyword = expression` makes a named argument.
template <class Tag>
struct keyword {
  template <operand_like E>
  constexpr auto operator=(const E& e) const {
    return named_argument<Tag, expression_of<E>>{as_expression(e)};
  }
};

struct logits_tag {};
struct probs_tag {};
struct mean_tag {};
struct scale_tag {};
struct loc_tag {};
struct scale_tril_tag {};
struct concentration_tag {};
struct rate_tag {};

}  // namespace internals

/// Unnormalised log-probabilities.
inline constexpr internals::keyword<internals::logits_tag> logits{};
/// Probabilities in [0, 1].
inline constexpr internals::keyword<internals::probs_tag> probs{};
/// A positive scale.
inline constexpr internals::keyword<internals::scale_tag> scale{};
/// A location.
inline constexpr internals::keyword<internals::loc_tag> loc{};
/// A lower Cholesky factor.
inline constexpr internals::keyword<internals::scale_tril_tag> scale_tril{};
/// The shape of a gamma distribution.
inline constexpr internals::keyword<internals::concentration_tag> concentration{};
/// An inverse scale.
inline constexpr internals::keyword<internals::rate_tag> rate{};

namespace internals {

template <class Tag, class T>
inline constexpr bool has_tag = false;
template <class Tag, class E>
inline constexpr bool has_tag<Tag, named_argument<Tag, E>> = true;

template <class T>
inline constexpr bool is_named = requires {
  typename T::tag;
};

/// Whether a named argument with this tag is among the arguments.
template <class Tag, class... Args>
inline constexpr bool has_argument = (has_tag<Tag, Args> || ...);

/// The expression of the named argument with this tag.
template <class Tag, class First, class... Rest>
constexpr auto argument(const First& first, const Rest&... rest) {
  if constexpr (has_tag<Tag, First>) {
    return first.value;
  } else {
    return argument<Tag>(rest...);
  }
}

}  // namespace internals
}  // namespace variad
