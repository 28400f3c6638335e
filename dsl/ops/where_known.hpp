#pragma once

#include <string_view>

#include <boost/hana/at.hpp>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/gaps.hpp>
#include <variad/runtime/math/arithmetic.hpp>

namespace variad {
namespace ops {

/// x where the mask has 1, elsewhere 0, of (mask, x).
struct where_known : elementwise<2> {
  static constexpr std::string_view name = "where_known";
  static constexpr op_traits traits{.without_derivative = 0b01};
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    return math::select(x[0] > V(0), x[1], V(0));
  }
};

}  // namespace ops

namespace internals {

/// What `known` and `known_row` return.
template <class E>
inline constexpr bool is_mask = false;
template <class Reference>
inline constexpr bool is_mask<expression<reference_to<reading::known, Reference>>> = true;
template <class Reference>
inline constexpr bool is_mask<expression<reference_to<reading::known_row, Reference>>> = true;

/// What a mask has selected from.
template <class E>
inline constexpr bool is_selected = false;
template <class Mask, class E>
inline constexpr bool is_selected<expression<ops::where_known, Mask, E>> = true;

template <class Mask, class E>
constexpr Mask selecting_mask(const expression<ops::where_known, Mask, E>& selected) {
  return hana::at_c<0>(selected.args);
}

}  // namespace internals
}  // namespace variad
