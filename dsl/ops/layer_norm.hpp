#pragma once

#include <variad/dsl/ops/normalize.hpp>
#include <variad/dsl/ops/reduction.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

/// All values of an event are one group, or those of each row of its last axis.
template <bool Last>
struct whole_layout {
  static constexpr bool fits(const shape& s) { return !Last || s.rank > 0; }
  static constexpr shape parameters(const shape& s) { return Last ? shape_of(s[-1]) : s; }
  static constexpr group_layout of(const shape& s) {
    const auto n = static_cast<std::size_t>(Last ? s[-1] : s.size());
    return {.outer = static_cast<std::size_t>(s.size()) / n, .channels = n};
  }
};

template <bool Last>
struct layer_norm : normalize<whole_layout<Last>> {
  static constexpr std::string_view name = "layer_norm";
};

}  // namespace ops

/// Normalises all values of an event to mean 0 and variance 1, and then scales and shifts each
/// ("Layer Normalization", Ba, Kiros and Hinton 2016), with ε = 1e-5. Rows do not see each other.
template <dsl_term E>
constexpr auto layer_norm(const E& e) {
  return apply(ops::layer_norm<false>{}, e);
}
/// The same of each row of the last axis, with one scale and shift for all: `axis<-1>`.
template <dsl_term E, int Axis>
constexpr auto layer_norm(const E& e, internals::axis_tag<Axis>) {
  static_assert(Axis == -1, "layer_norm is of the event, or of its last axis: write axis<-1>");
  return apply(ops::layer_norm<true>{}, e);
}

}  // namespace variad
