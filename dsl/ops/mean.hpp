#pragma once

#include <variad/dsl/ops/reduction.hpp>
#include <variad/dsl/syntax/keyword.hpp>

namespace variad {
namespace ops {

template <int Axis>
struct mean : reduction<Axis> {
  static constexpr std::string_view name = "mean";
  static constexpr op_traits traits{.adds = true, .linear = true};

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* x = call.inputs[0].value;
    T* y = call.output.value;
    this->for_each_group(call,
                         [=](std::size_t in, std::size_t out, std::size_t n, std::size_t step) {
                           T total = 0;
                           for (std::size_t j = 0; j < n; ++j) total += x[in + j * step];
                           y[out] = total / static_cast<T>(n);
                         });
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    T* dx = call.inputs[0].adjoint;
    const T* dy = call.output.adjoint;
    this->for_each_group(call,
                         [=](std::size_t in, std::size_t out, std::size_t n, std::size_t step) {
                           for (std::size_t j = 0; j < n; ++j)
                             dx[in + j * step] += dy[out] / static_cast<T>(n);
                         });
  }
};

}  // namespace ops

namespace internals {

/// Two things by one word: the named argument of a family, `normal(mean = m, scale = s)`, and the
/// mean over all of the event or one axis, `mean(x)`, `mean(x, axis<-1>)`.
struct mean_word : keyword<mean_tag> {
  using keyword::operator=;
  template <dsl_term E>
  constexpr auto operator()(const E& e) const {
    return apply(ops::mean<ops::all_axes>{}, e);
  }
  template <dsl_term E, int I>
  constexpr auto operator()(const E& e, axis_tag<I>) const {
    return apply(ops::mean<I>{}, e);
  }
};

}  // namespace internals

inline constexpr internals::mean_word mean{};

}  // namespace variad
