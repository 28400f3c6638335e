#pragma once

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct log : elementwise<1> {
  static constexpr std::string_view name = "log";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return math::log(x[0]);
  }
  template <class V>
  std::array<V, 1> derivative([[maybe_unused]] const std::array<V, 1>& x,
                              [[maybe_unused]] const V& y) const {
    return {math::finite_inverse(x[0])};
  }
};

}  // namespace ops

/// The natural logarithm, element by element. Its derivative is 1/x, at 0 that at the smallest
/// normal number: finite, so that a logarithm of 0 that weighs nothing adds nothing.
template <dsl_term E>
constexpr auto log(const E& e) {
  return apply(ops::log{}, e);
}

}  // namespace variad
