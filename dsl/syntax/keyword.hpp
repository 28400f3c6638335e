#pragma once

#include <variad/dsl/syntax/expression.hpp>

namespace variad {

/// A named argument: `logits = dense<784>(z)`.
template <class Tag, class E>
struct named_argument {
  using tag = Tag;
  E value;
};

namespace keywords {

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

}  // namespace keywords

inline constexpr keywords::keyword<keywords::logits_tag>
    logits{};  ///< unnormalised log-probabilities
inline constexpr keywords::keyword<keywords::probs_tag> probs{};  ///< probabilities in [0, 1]
inline constexpr keywords::keyword<keywords::scale_tag> scale{};  ///< a positive scale
inline constexpr keywords::keyword<keywords::loc_tag> loc{};      ///< a location
inline constexpr keywords::keyword<keywords::scale_tril_tag>
    scale_tril{};  ///< a lower Cholesky factor
inline constexpr keywords::keyword<keywords::concentration_tag>
    concentration{};  ///< the shape of a gamma distribution
inline constexpr keywords::keyword<keywords::rate_tag> rate{};  ///< an inverse scale

namespace detail {
template <class Tag, class T>
inline constexpr bool has_tag = false;
template <class Tag, class E>
inline constexpr bool has_tag<Tag, named_argument<Tag, E>> = true;

template <class T>
inline constexpr bool is_named = requires {
  typename T::tag;
};
}  // namespace detail

/// Whether a named argument with this tag is among the arguments.
template <class Tag, class... Args>
inline constexpr bool has_argument = (detail::has_tag<Tag, Args> || ...);

/// The expression of the named argument with this tag.
template <class Tag, class First, class... Rest>
constexpr auto argument(const First& first, const Rest&... rest) {
  if constexpr (detail::has_tag<Tag, First>) {
    return first.value;
  } else {
    return argument<Tag>(rest...);
  }
}

}  // namespace variad
