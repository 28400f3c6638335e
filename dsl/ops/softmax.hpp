#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {
namespace ops {

struct softmax {
  static constexpr std::string_view name = "softmax";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) {
    return in[0].rank > 0 ? in[0] : shape::invalid();
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto k = static_cast<std::size_t>(call.output.event[-1]);
    const T* x = call.inputs[0].value;
    for (std::size_t i = 0; i < call.rows * call.output.size; i += k)
      math::softmax(x + i, call.output.value + i, k);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    add_product(call, call.output.adjoint, call.inputs[0].adjoint);
  }

  // Along a direction, in a surrogate: the matrix of add_product moves with y.
  template <class T>
  void forward_along(const kernel_call<T>& call) const {
    const kernel_call<T>& along = *call.along;
    std::fill_n(along.output.value, call.rows * call.output.size, T(0));
    add_product(call, along.inputs[0].value, along.output.value);
  }
  template <class T>
  void pull_back_along(const kernel_call<T>& call) const {
    const kernel_call<T>& along = *call.along;
    add_product(call, along.output.adjoint, along.inputs[0].adjoint);
    const auto k = static_cast<std::size_t>(call.output.event[-1]);
    const T *y = call.output.value, *moved = along.output.value, *dy = call.output.adjoint;
    T* dx = along.inputs[0].adjoint;
    for (std::size_t i = 0; i < call.rows * call.output.size; i += k) {
      T inner = 0, inner_moved = 0;
      for (std::size_t j = i; j < i + k; ++j) {
        inner += y[j] * dy[j];
        inner_moved += moved[j] * dy[j];
      }
      for (std::size_t j = i; j < i + k; ++j)
        dx[j] += moved[j] * (dy[j] - inner) - y[j] * inner_moved;
    }
  }

 private:
  /// out += (diag y − y·yᵀ) v: the matrix is symmetric, and serves both ways.
  template <class T>
  static void add_product(const kernel_call<T>& call, const T* v, T* out) {
    const auto k = static_cast<std::size_t>(call.output.event[-1]);
    const T* y = call.output.value;
    for (std::size_t i = 0; i < call.rows * call.output.size; i += k) {
      T inner = 0;
      for (std::size_t j = i; j < i + k; ++j) inner += y[j] * v[j];
      for (std::size_t j = i; j < i + k; ++j) out[j] += y[j] * (v[j] - inner);
    }
  }
};

}  // namespace ops

/// Softmax over the last axis of the event.
template <dsl_term E>
constexpr auto softmax(const E& e) {
  return apply(ops::softmax{}, e);
}

}  // namespace variad
