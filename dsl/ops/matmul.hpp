#pragma once

#include <utility>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/linalg/row_products.hpp>

namespace variad {
namespace ops {

using namespace internals;

struct matmul {
  static constexpr std::string_view name = "matmul";
  static constexpr op_traits traits{};

  /// [m, k] times [k, n]; a vector stands for one row on the left and one column on the right.
  struct sizes {
    std::size_t m, k, n;
  };
  static constexpr sizes of(const shape& a, const shape& b) {
    return {a.rank == 2 ? static_cast<std::size_t>(a[0]) : 1, static_cast<std::size_t>(a[-1]),
            b.rank == 2 ? static_cast<std::size_t>(b[1]) : 1};
  }
  static constexpr shape event(std::span<const shape> in) {
    const shape &a = in[0], &b = in[1];
    if (a.rank < 1 || a.rank > 2 || b.rank < 1 || b.rank > 2 || a[-1] != b[0])
      return shape::invalid();
    shape out;
    if (a.rank == 2) out = out.with(a[0]);
    if (b.rank == 2) out = out.with(b[1]);
    return out;
  }

  /// Whether all rows share b, so that one product serves them all.
  template <class T>
  static bool one_product(const kernel_call<T>& call) {
    for (std::size_t a = 0; a < max_axes; ++a)
      if (call.extent[a] > 1 && call.inputs[1].step[a] != 0) return false;
    return call.same_rows(0);
  }

  /// Calls f(sizes, a, b, place in c, places of c) for products of few elements, along the two
  /// innermost axes of the rows at a time.
  template <class T, class F>
  static void for_each_product(const kernel_call<T>& call, F&& f) {
    const auto [m, k, n] = of(call.inputs[0].event, call.inputs[1].event);
    row_product_sizes sizes{.m = m, .k = k, .n = n};
    std::size_t row = max_axes, pass = max_axes;
    for (std::size_t a = 0; a < max_axes; ++a)
      if (call.output.step[a] != 0 && call.extent[a] > 1) pass = std::exchange(row, a);
    axis_extents outer = call.extent;
    if (row < max_axes) sizes.rows = std::exchange(outer[row], 1);
    if (pass < max_axes) sizes.passes = std::exchange(outer[pass], 1);
    const auto places = [&](const tensor<T>& t, std::size_t columns) {
      return row_places{columns, 1, row < max_axes ? t.step[row] : 0,
                        pass < max_axes ? t.step[pass] : 0};
    };
    const tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    const auto matrix = [&](const tensor<T>& t, std::size_t columns, std::size_t at) {
      return row_matrix<T>{t.value + at, t.adjoint == nullptr ? nullptr : t.adjoint + at,
                           places(t, columns)};
    };
    walk(outer, std::array<axis_extents, 3>{a.step, b.step, call.output.step},
         [&](std::size_t, const auto& at) {
           f(sizes, matrix(a, k, at[0]), matrix(b, n, at[1]), at[2], places(call.output, n));
         });
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto [m, k, n] = of(call.inputs[0].event, call.inputs[1].event);
    const T *a = call.inputs[0].value, *b = call.inputs[1].value;
    T* c = call.output.value;
    if (one_product(call)) {
      gemm<T>(false, false, call.rows * m, n, k, 1, a, k, b, n, 0, c, n);
    } else if (row_product_sizes{.m = m, .k = k, .n = n}.few()) {
      for_each_product(call, [&](const auto& of, const auto& left, const auto& right,
                                 std::size_t to, const row_places& of_c) {
        multiply_rows(of, left, right, c + to, of_c, false);
      });
    } else {
      for_each_row(call, [&](std::size_t row, const auto& at) {
        if (m == 1 && n == 1) {
          c[row] = dot(k, a + at[0], b + at[1]);
        } else {
          gemm<T>(false, false, m, n, k, 1, a + at[0], k, b + at[1], n, 0, c + row * m * n, n);
        }
      });
    }
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto [m, k, n] = of(call.inputs[0].event, call.inputs[1].event);
    const T *a = call.inputs[0].value, *b = call.inputs[1].value, *dc = call.output.adjoint;
    T *da = call.inputs[0].adjoint, *db = call.inputs[1].adjoint;
    if (one_product(call)) {
      const std::size_t rows = call.rows * m;
      if (da != nullptr) gemm<T>(false, true, rows, k, n, 1, dc, n, b, n, 1, da, k);
      if (db != nullptr) gemm<T>(true, false, k, n, rows, 1, a, k, dc, n, 1, db, n);
    } else if (row_product_sizes{.m = m, .k = k, .n = n}.few()) {
      for_each_product(call, [&](const auto& of, const auto& left, const auto& right,
                                 std::size_t from, const row_places& of_c) {
        multiply_rows_back(of, left, right, dc + from, of_c);
      });
    } else {
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const T* d = dc + row * m * n;
        if (da != nullptr) gemm<T>(false, true, m, k, n, 1, d, n, b + at[1], n, 1, da + at[0], k);
        if (db != nullptr) gemm<T>(true, false, k, n, m, 1, a + at[0], k, d, n, 1, db + at[1], n);
      });
    }
  }
};

}  // namespace ops

/// The matrix product of two events: [m, k] × [k, n], [k] × [k, n], [m, k] × [k] or [k] × [k].
template <operand_like A, operand_like B>
constexpr auto matmul(const A& a, const B& b) {
  return apply(ops::matmul{}, a, b);
}

}  // namespace variad
