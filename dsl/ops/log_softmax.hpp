#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {
namespace ops {

struct log_softmax {
  static constexpr std::string_view name = "log_softmax";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) {
    return in[0].rank > 0 ? in[0] : shape::invalid();
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto k = static_cast<std::size_t>(call.output.event[-1]);
    const T* x = call.inputs[0].value;
    for (std::size_t i = 0; i < call.rows * call.output.size; i += k)
      math::log_softmax(x + i, call.output.value + i, k);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto k = static_cast<std::size_t>(call.output.event[-1]);
    const T *y = call.output.value, *dy = call.output.adjoint;
    T* dx = call.inputs[0].adjoint;
    for (std::size_t i = 0; i < call.rows * call.output.size; i += k) {
      T total = 0;
      for (std::size_t j = i; j < i + k; ++j) total += dy[j];
      for (std::size_t j = i; j < i + k; ++j) dx[j] += dy[j] - math::exp(y[j]) * total;
    }
  }
};

}  // namespace ops

/// The logarithm of the softmax over the last axis of the event.
template <dsl_term E>
constexpr auto log_softmax(const E& e) {
  return apply(ops::log_softmax{}, e);
}

}  // namespace variad
