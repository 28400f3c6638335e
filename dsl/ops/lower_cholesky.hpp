#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {
namespace ops {

struct lower_cholesky {
  static constexpr std::string_view name = "lower_cholesky";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) {
    return in[0].rank == 2 && in[0][0] == in[0][1] ? in[0] : shape::invalid();
  }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto n = static_cast<std::size_t>(call.output.event[0]);
    for (std::size_t r = 0; r < call.rows * n; ++r) {
      const std::size_t i = r % n;
      const T* x = call.inputs[0].value + r * n;
      T* y = call.output.value + r * n;
      for (std::size_t j = 0; j < n; ++j) y[j] = j < i ? x[j] : j == i ? math::exp(x[j]) : T(0);
    }
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto n = static_cast<std::size_t>(call.output.event[0]);
    for (std::size_t r = 0; r < call.rows * n; ++r) {
      const std::size_t i = r % n;
      const T *y = call.output.value + r * n, *dy = call.output.adjoint + r * n;
      T* dx = call.inputs[0].adjoint + r * n;
      for (std::size_t j = 0; j < i; ++j) dx[j] += dy[j];
      dx[i] += dy[i] * y[i];
    }
  }
};

}  // namespace ops

/// A lower Cholesky factor from any square matrix [n, n]: what is below the diagonal as it is, the
/// exponential of the diagonal, zero above.
template <dsl_term E>
constexpr auto lower_cholesky(const E& e) {
  return apply(ops::lower_cholesky{}, e);
}

}  // namespace variad
