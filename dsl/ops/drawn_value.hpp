#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct drawn_value {
  static constexpr std::string_view name = "drawn_value";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) {
    return in.empty() ? shape::invalid() : in[0];
  }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::copy_n(call.inputs[0].value, call.rows * call.output.size, call.output.value);
  }
  /// The estimator reads the adjoint where it is: nothing else learns of it.
  template <class T>
  void pull_back(const kernel_call<T>&) const {}
};

}  // namespace ops

namespace internals {

/// Whether an expression reads `drawn_value`.
template <class E>
inline constexpr bool reads_drawn_value = false;
template <class Op, class... Args>
inline constexpr bool reads_drawn_value<expression<Op, Args...>> =
    std::is_same_v<Op, ops::drawn_value> || (reads_drawn_value<Args> || ...);

}  // namespace internals

/// In the network of an estimator: the value of the draw that it estimates, relaxed where the
/// estimator relaxes it. It has no meaning elsewhere.
inline constexpr auto drawn_value = apply(ops::drawn_value{});

}  // namespace variad
