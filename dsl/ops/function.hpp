#pragma once

#include <span>
#include <utility>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// Marks a black box without a derivative.
struct no_derivative {};

template <std::size_t N, class F, class D, int... Dims>
struct function {
  static constexpr std::string_view name = "function";
  static constexpr op_traits traits{.differentiable = !std::is_same_v<D, no_derivative>};
  F value;
  D derivative;

  static constexpr shape event(std::span<const shape>) { return shape_of(Dims...); }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    for_each_row(call, [&](std::size_t row, const auto& at) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        value(std::span<const T>(call.inputs[I].value + at[I], call.inputs[I].size)...,
              std::span<T>(call.output.value + row * call.output.size, call.output.size));
      }
      (std::make_index_sequence<N>{});
    });
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    if constexpr (traits.differentiable) {
      for_each_row(call, [&](std::size_t row, const auto& at) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
          const auto adjoint_of = [&](std::size_t i) {
            const tensor<T>& in = call.inputs[i];
            return in.adjoint == nullptr ? std::span<T>{}
                                         : std::span<T>(in.adjoint + at[i], in.size);
          };
          derivative(
              std::span<const T>(call.inputs[I].value + at[I], call.inputs[I].size)...,
              std::span<const T>(call.output.adjoint + row * call.output.size, call.output.size),
              adjoint_of(I)...);
        }
        (std::make_index_sequence<N>{});
      });
    }
  }
};

}  // namespace ops

/// A black box of the user's own, called once a row: `f(inputs..., output)` fills the output event
/// of extents Dims from the input events; all are spans. It has no derivative, so nothing upstream
/// can be pathwise, and parameters upstream are a compile error.
template <int... Dims, class F, operand_like... E>
requires(!operand_like<F> && sizeof...(E) > 0) constexpr auto function(const F& f, const E&... e) {
  return apply(ops::function<sizeof...(E), F, ops::no_derivative, Dims...>{f, {}}, e...);
}

/// The same with a derivative: `d(inputs..., output adjoint, input adjoints...)` adds to the input
/// adjoints; the span of an input whose adjoint is not wanted is empty.
template <int... Dims, class F, class D, operand_like... E>
requires(!operand_like<F> && !operand_like<D> &&
         sizeof...(E) > 0) constexpr auto function(const F& f, const D& d, const E&... e) {
  return apply(ops::function<sizeof...(E), F, D, Dims...>{f, d}, e...);
}

}  // namespace variad
