#pragma once

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/linalg/blas.hpp>

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

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto [m, k, n] = of(call.inputs[0].event, call.inputs[1].event);
    const T *a = call.inputs[0].value, *b = call.inputs[1].value;
    T* c = call.output.value;
    if (one_product(call)) {
      gemm<T>(false, false, call.rows * m, n, k, 1, a, k, b, n, 0, c, n);
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

/// Rows of a table [k] or [k, m] chosen by a categorical variable of k categories, [k] or [n, k]
/// as one-hot rows: an embedding. Linear in the one-hot value, so relaxed values work too.
template <dsl_term Table, dsl_term Index>
constexpr auto take(const Table& table, const Index& index) {
  return matmul(index, table);
}

}  // namespace variad
