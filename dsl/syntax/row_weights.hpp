#pragma once

#include <variad/dsl/syntax/name.hpp>
#include <variad/dsl/syntax/statement.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad {
namespace internals {

/// What weights of rows are bound to among the data: no variable has such a name.
struct row_weights : variable_tag {
  using variable_name = to_name<"weighted_by(...)">;
};

}  // namespace internals

/// In `data(...)`: how much each row of the data plate counts, a number that is not negative. A row
/// that weighs w counts as w of its kind; what stands outside the plate does not change, and a
/// value per datum is divided by the sum of the weights.
template <class S>
constexpr auto weighted_by(const S& weights) {
  return internals::data_binding<internals::row_weights, S>{weights};
}

}  // namespace variad
