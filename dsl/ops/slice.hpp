#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

template <int From, int To>
struct slice {
  static_assert(0 <= From && From < To, "slice<from, to> takes 0 <= from < to");
  static constexpr std::string_view name = "slice";
  static constexpr op_traits traits{.linear = true};
  static constexpr shape event(std::span<const shape> in) {
    if (in[0].rank == 0 || in[0][-1] < To) return shape::invalid();
    return in[0].without_last().with(To - From);
  }
  template <class T, class F>
  static void for_each_run(const kernel_call<T>& call, F&& f) {
    const auto width = static_cast<std::size_t>(call.inputs[0].event[-1]);
    const std::size_t n = To - From, runs = call.rows * call.output.size / n;
    for (std::size_t r = 0; r < runs; ++r)
      for (std::size_t j = 0; j < n; ++j) f(r * width + From + j, r * n + j);
  }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    for_each_run(call, [&](std::size_t in, std::size_t out) {
      call.output.value[out] = call.inputs[0].value[in];
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for_each_run(call, [&](std::size_t in, std::size_t out) {
      call.inputs[0].adjoint[in] += call.output.adjoint[out];
    });
  }
};

}  // namespace ops

/// Elements From to To - 1 of the last axis.
template <int From, int To, dsl_term E>
constexpr auto slice(const E& e) {
  return apply(ops::slice<From, To>{}, e);
}

}  // namespace variad
