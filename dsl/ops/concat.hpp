#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

struct concat {
  static constexpr std::string_view name = "concat";
  static constexpr op_traits traits{.linear = true};
  static constexpr shape event(std::span<const shape> in) {
    int last = 0;
    for (const shape& s : in) {
      if (s.rank > 1) return shape::invalid();
      last += s.rank == 0 ? 1 : s[-1];
    }
    return shape_of(last);
  }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    T* y = call.output.value;
    for_each_row(call, [&](std::size_t, const auto& offset) {
      for (std::size_t i = 0; i < call.arity; ++i)
        y = std::copy_n(call.inputs[i].value + offset[i], call.inputs[i].size, y);
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const T* dy = call.output.adjoint;
    for_each_row(call, [&](std::size_t, const auto& offset) {
      for (std::size_t i = 0; i < call.arity; dy += call.inputs[i++].size)
        if (call.inputs[i].adjoint != nullptr)
          for (std::size_t j = 0; j < call.inputs[i].size; ++j)
            call.inputs[i].adjoint[offset[i] + j] += dy[j];
    });
  }
};

}  // namespace ops

/// Vectors and scalars, one after the other, in one vector.
template <dsl_term... E>
constexpr auto concat(const E&... e) {
  return apply(ops::concat{}, e...);
}

}  // namespace variad
