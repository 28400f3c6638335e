#pragma once

#include <span>
#include <string_view>
#include <type_traits>

#include <variad/dsl/syntax/op_traits.hpp>
#include <variad/dsl/syntax/shape.hpp>

namespace variad::ops {

/// A number in an expression. Literals are values, by position: `normal(0, 5)` and
/// `normal(0, 1)` are one type.
struct literal {
  static constexpr std::string_view name = "literal";
  static constexpr op_traits traits{.differentiable = false};
  double value = 0;
  static constexpr shape event(std::span<const shape>) { return shape_of(); }
  template <class Call>
  void forward(const Call& call) const {
    using T = std::remove_reference_t<decltype(*call.output.value)>;
    *call.output.value = static_cast<T>(value);
  }
};

}  // namespace variad::ops
