#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/ops/where_known.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct negate : elementwise<1> {
  static constexpr std::string_view name = "negate";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return -x[0];
  }
};

}  // namespace ops

/// -x, element by element.
template <dsl_term E>
constexpr auto operator-(const E& e) {
  if constexpr (internals::is_mask<E>)
    return apply(ops::where_known{}, e, -1);
  else if constexpr (internals::is_selected<E>)
    return apply(ops::where_known{}, internals::selecting_mask(e), -hana::at_c<1>(e.args));
  else
    return apply(ops::negate{}, e);
}

}  // namespace variad
