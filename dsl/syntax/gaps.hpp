#pragma once

#include <variad/dsl/syntax/expression.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad {
namespace internals {

template <class V>
inline constexpr bool may_have_gaps = false;
template <variable_kind Kind, class Name, int... D>
inline constexpr bool may_have_gaps<variable<Kind, Name, D...>> =
    Kind == variable_kind::partly_observed || Kind == variable_kind::given;

/// What `reading` says of a variable that may have gaps.
template <reading What, class V>
constexpr auto read_of(const V&) {
  static_assert(may_have_gaps<V>,
                "known, known_row and filled are of data that may have gaps: declare the variable "
                "with partly_observed<\"name\", dims...>, or given<\"name\", dims...>");
  return expression<reference_to<What, typename V::reference>>{};
}

}  // namespace internals

/// 1 where a datum is there and 0 where it is not, for each variable that x declares (a category is
/// one), whatever is drawn in its place. It selects what it is multiplied with: `known(x) * e` is e
/// or 0, even where e is not finite. The gradient of e still runs over what stands in a gap: where
/// its derivative is not finite at 0, fill in another number, `known(x) * log(filled(x, 1))`.
template <variable_like V>
constexpr auto known(const V& v) {
  return internals::read_of<internals::reading::known>(v);
}
/// 1 where all of a row is there, and 0 where some of it is not; it selects, too.
template <variable_like V>
constexpr auto known_row(const V& v) {
  return internals::read_of<internals::reading::known_row>(v);
}

}  // namespace variad
