#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

template <int... Dims>
struct reshape {
  static constexpr std::string_view name = "reshape";
  static constexpr op_traits traits{.linear = true};
  static constexpr shape event(std::span<const shape> in) {
    return in[0].size() == shape_of(Dims...).size() ? shape_of(Dims...) : shape::invalid();
  }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::copy_n(call.inputs[0].value, call.rows * call.output.size, call.output.value);
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for (std::size_t i = 0; i < call.rows * call.output.size; ++i)
      call.inputs[0].adjoint[i] += call.output.adjoint[i];
  }
};

}  // namespace ops

/// The same elements in an event of other extents: `reshape<28, 28>(x)`.
template <int... Dims, dsl_term E>
constexpr auto reshape(const E& e) {
  return apply(ops::reshape<Dims...>{}, e);
}

}  // namespace variad
