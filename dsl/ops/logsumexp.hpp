#pragma once

#include <limits>

#include <variad/dsl/ops/reduction.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {
namespace ops {

template <int Axis>
struct logsumexp : reduction<Axis> {
  static constexpr std::string_view name = "logsumexp";
  static constexpr op_traits traits{};

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* x = call.inputs[0].value;
    T* y = call.output.value;
    this->for_each_group(call,
                         [=](std::size_t in, std::size_t out, std::size_t n, std::size_t step) {
                           T top = x[in];
                           for (std::size_t j = 1; j < n; ++j)
                             top = math::max(top, x[in + j * step]);
                           top = math::max(top, std::numeric_limits<T>::lowest());  // all −∞
                           T total = 0;
                           for (std::size_t j = 0; j < n; ++j)
                             total += math::exp(x[in + j * step] - top);
                           y[out] = top + math::log(total);
                         });
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const T *x = call.inputs[0].value, *y = call.output.value, *dy = call.output.adjoint;
    T* dx = call.inputs[0].adjoint;
    this->for_each_group(call,
                         [=](std::size_t in, std::size_t out, std::size_t n, std::size_t step) {
                           if (y[out] == -std::numeric_limits<T>::infinity()) return;
                           for (std::size_t j = 0; j < n; ++j)
                             dx[in + j * step] += dy[out] * math::exp(x[in + j * step] - y[out]);
                         });
  }
};

}  // namespace ops

/// log Σ exp over all of the event, or over one axis: `logsumexp(x, axis<-1>)`.
template <dsl_term E>
constexpr auto logsumexp(const E& e) {
  return apply(ops::logsumexp<ops::all_axes>{}, e);
}
template <dsl_term E, int I>
constexpr auto logsumexp(const E& e, internals::axis_tag<I>) {
  return apply(ops::logsumexp<I>{}, e);
}

}  // namespace variad
