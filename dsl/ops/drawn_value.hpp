#pragma once

#include <variad/dsl/contracts/op_traits.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct drawn_value {
  static constexpr std::string_view name = "drawn_value";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape>) { return shape::invalid(); }
};

}  // namespace ops

/// In the network of an estimator: the value of the draw that it estimates, relaxed where the
/// estimator relaxes it. It has no meaning elsewhere.
inline constexpr auto drawn_value = apply(ops::drawn_value{});

}  // namespace variad
