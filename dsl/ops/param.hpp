#pragma once

#include <algorithm>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/data/runs.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// A learnable value. PerRow: one for every row of the plates that the statement stands in.
template <bool PerRow, int... Dims>
struct param {
  static constexpr std::string_view name = "param";
  static constexpr op_traits traits{.per_row = PerRow};
  initializer begin = constant(0);

  static constexpr shape event(std::span<const shape>) { return shape_of(Dims...); }

  static constexpr std::size_t parameter_count = 1;
  static constexpr std::string_view parameter_name(std::size_t) { return "value"; }
  static constexpr shape parameter_shape(std::size_t, std::span<const shape>) {
    return shape_of(Dims...);
  }
  initializer initial(std::size_t) const { return begin; }

  /// Calls f(offset in the block, offset in the buffer, values) for rows that follow each other in
  /// both.
  template <class T, class F>
  static void for_each_block(const kernel_call<T>& call, F&& f) {
    const std::size_t n = call.output.size;
    if constexpr (!PerRow) {
      for (std::size_t r = 0; r < call.rows; ++r) f(std::size_t{0}, r * n, n);
    } else if (call.row_ids == nullptr) {
      f(std::size_t{0}, std::size_t{0}, std::min(call.rows * n, call.parameters[0].size));
    } else {
      std::size_t inner = n;  // of nested plates within one row of the data plate
      for (std::size_t a = call.plate_axis + 1; a < max_axes; ++a) inner *= call.extent[a];
      for_each_run({call.row_ids, call.rows * n / inner}, [&](std::size_t first, std::size_t last) {
        f(call.row_ids[first] * inner, first * inner, (last - first) * inner);
      });
    }
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    for_each_block(call, [&](std::size_t from, std::size_t to, std::size_t n) {
      std::copy_n(call.parameters[0].value + from, n, call.output.value + to);
    });
    if (!PerRow || call.row_ids != nullptr) return;
    // Data that are asked about may have more rows than were learnt: what these make is not used,
    // and has the numbers of another row.
    const std::size_t all = call.rows * call.output.size;
    for (std::size_t i = call.parameters[0].size; i < all; ++i)
      call.output.value[i] = call.output.value[i - call.parameters[0].size];
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for_each_block(call, [&](std::size_t to, std::size_t from, std::size_t n) {
      T* const sum = call.parameters[0].gradient + to;
      for (std::size_t j = 0; j < n; ++j) sum[j] += call.output.adjoint[from + j];
    });
  }
};

}  // namespace ops

/// A learnable array: `param<20>(0.5)`, `param<>(constant(1))`, `param<3, 3>(random_normal(0.1))`.
template <int... Dims>
constexpr auto param(initializer begin = constant(0)) {
  return apply(ops::param<false, Dims...>{begin});
}
template <int... Dims>
constexpr auto param(double begin) {
  return param<Dims...>(constant(begin));
}

/// A learnable array for every row of the plates that the statement stands in, as a guide without
/// an encoder needs.
template <int... Dims>
constexpr auto row_param(initializer begin = constant(0)) {
  return apply(ops::param<true, Dims...>{begin});
}

}  // namespace variad
