#pragma once

#include <variad/dsl/ops/reduction.hpp>

namespace variad {
namespace ops {

template <int Axis>
struct sum : reduction<Axis> {
  static constexpr std::string_view name = "sum";
  static constexpr op_traits traits{.adds = true, .linear = true};

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* x = call.inputs[0].value;
    T* y = call.output.value;
    this->for_each_group(call,
                         [=](std::size_t in, std::size_t out, std::size_t n, std::size_t step) {
                           T total = 0;
                           for (std::size_t j = 0; j < n; ++j) total += x[in + j * step];
                           y[out] = total;
                         });
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    T* dx = call.inputs[0].adjoint;
    const T* dy = call.output.adjoint;
    this->for_each_group(call,
                         [=](std::size_t in, std::size_t out, std::size_t n, std::size_t step) {
                           for (std::size_t j = 0; j < n; ++j) dx[in + j * step] += dy[out];
                         });
  }
};

}  // namespace ops

/// The sum over all of the event, or over one axis: `sum(x, axis<-1>)`.
template <dsl_term E>
constexpr auto sum(const E& e) {
  return apply(ops::sum<ops::all_axes>{}, e);
}
template <dsl_term E, int I>
constexpr auto sum(const E& e, internals::axis_tag<I>) {
  return apply(ops::sum<I>{}, e);
}

}  // namespace variad
