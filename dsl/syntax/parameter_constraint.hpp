#pragma once

#include <cstdint>
#include <string_view>

namespace variad {

/// What a parameter of a family must be.
enum class parameter_constraint : std::uint8_t {
  any,                ///< any number; a logit may be infinite
  positive,           ///< above 0
  probability,        ///< in [0, 1]
  weight,             ///< 0 or more: a probability up to a factor
  positive_diagonal,  ///< a lower triangular matrix; its diagonal is positive
};

/// A parameter of a family: its name as users write it, and what it must be.
struct parameter_rule {
  std::string_view name;
  parameter_constraint must_be = parameter_constraint::any;
};

namespace internals {

/// Whether one element of a parameter is what it must be; of a `positive_diagonal`, an element of
/// the diagonal. NaN never is.
constexpr bool satisfies(parameter_constraint c, double value) {
  switch (c) {
    case parameter_constraint::positive:
    case parameter_constraint::positive_diagonal:
      return value > 0;
    case parameter_constraint::probability:
      return value >= 0 && value <= 1;
    case parameter_constraint::weight:
      return value >= 0;
    case parameter_constraint::any:
      break;
  }
  return value == value;
}

/// What a message says was expected: "expected a positive number".
constexpr std::string_view words_for(parameter_constraint c) {
  switch (c) {
    case parameter_constraint::positive:
      return "a positive number";
    case parameter_constraint::probability:
      return "a number in [0, 1]";
    case parameter_constraint::weight:
      return "a number that is not negative";
    case parameter_constraint::positive_diagonal:
      return "a positive diagonal";
    case parameter_constraint::any:
      break;
  }
  return "a number";
}

/// What a user can write so that the constraint holds; empty where any number does.
constexpr std::string_view repair_for(parameter_constraint c) {
  switch (c) {
    case parameter_constraint::positive:
      return "write exp(...) or softplus(...)";
    case parameter_constraint::probability:
      return "write sigmoid(...), or logits = ...";
    case parameter_constraint::weight:
      return "write softmax(...), or logits = ...";
    case parameter_constraint::positive_diagonal:
      return "write lower_cholesky(...)";
    case parameter_constraint::any:
      break;
  }
  return "";
}

}  // namespace internals
}  // namespace variad
