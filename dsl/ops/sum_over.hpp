#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/dsl/syntax/name.hpp>

namespace variad {

namespace internals {

template <class Name>
struct over_tag {};

}  // namespace internals

/// Names a plate of stated size whose rows are taken together: `sum(e, over<"school">)`.
template <internals::fixed_string Name>
inline constexpr internals::over_tag<internals::to_name<Name>> over{};

namespace ops {

/// The sum over the rows of a plate: the call's `reduced_axis`.
template <class Plate>
struct sum_over {
  static constexpr std::string_view name = "sum_over";
  static constexpr op_traits traits{.reduced_plate = Plate::view};
  static constexpr shape event(std::span<const shape> in) { return in[0]; }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::fill_n(call.output.value, call.rows * call.output.size, T(0));
    for_each_summand(call, [&](std::size_t in, std::size_t out, std::size_t n) {
      for (std::size_t j = 0; j < n; ++j)
        call.output.value[out + j] += call.inputs[0].value[in + j];
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for_each_summand(call, [&](std::size_t in, std::size_t out, std::size_t n) {
      for (std::size_t j = 0; j < n; ++j)
        call.inputs[0].adjoint[in + j] += call.output.adjoint[out + j];
    });
  }

 private:
  /// Calls f(input offset, output offset, elements) for every row of the input.
  template <class T, class F>
  static void for_each_summand(const kernel_call<T>& call, F&& f) {
    const std::size_t n = call.output.size;
    for_each_row(call, [&](std::size_t row, const auto& at) {
      for (std::size_t r = 0; r < call.reduced_extent; ++r)
        f(at[0] + r * call.inputs[0].step[call.reduced_axis], row * n, n);
    });
  }
};

}  // namespace ops

/// The sum over the rows of a plate of stated size, element by element. It stands outside the
/// plate. What reads it couples the rows of latents in the plate: their estimators are pathwise or
/// of the score function.
template <dsl_term E, class Name>
constexpr auto sum(const E& e, internals::over_tag<Name>) {
  return apply(ops::sum_over<Name>{}, e);
}

}  // namespace variad
