#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/ops/filled.hpp>
#include <variad/dsl/ops/matmul.hpp>
#include <variad/dsl/ops/param.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad {
namespace ops {

/// The rows of a table [k, ...], or of another plate, that indices choose, of (indices, table): a
/// gather, and on the way back a scatter, in the order of the rows.
struct take {
  static constexpr std::string_view name = "take";
  static constexpr op_traits traits{.without_derivative = 0b01, .takes_rows = true};
  static constexpr shape event(std::span<const shape> in) {
    if (in[1].rank == 0) return shape::invalid();
    shape out = in[0];
    for (int i = 1; i < in[1].rank && out.valid; ++i) out = out.with(in[1][i]);
    return out;
  }
  static constexpr int index_limit(std::span<const shape> in) { return in[1][0]; }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    for_each_index(call, [&](std::size_t from, std::size_t to, std::size_t n) {
      std::copy_n(call.inputs[1].value + from, n, call.output.value + to);
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    for_each_index(call, [&](std::size_t to, std::size_t from, std::size_t n) {
      for (std::size_t j = 0; j < n; ++j)
        call.inputs[1].adjoint[to + j] += call.output.adjoint[from + j];
    });
  }

 private:
  /// Calls f(place in the table, place in the output, values) for each index.
  template <class T, class F>
  static void for_each_index(const kernel_call<T>& call, F&& f) {
    const internals::tensor<T>&index = call.inputs[0], &table = call.inputs[1];
    const std::size_t width = call.output.size / index.size;
    const std::size_t step =
        call.reduced_axis < internals::max_axes ? table.step[call.reduced_axis] : width;
    for_each_row(call, [&](std::size_t row, const auto& at) {
      for (std::size_t i = 0; i < index.size; ++i)
        f(at[1] + static_cast<std::size_t>(index.value[at[0] + i]) * step,
          row * call.output.size + i * width, width);
    });
  }
};

}  // namespace ops

/// Rows of a table [k] or [k, m] chosen by a categorical variable of k categories, [k] or [n, k]
/// as one-hot rows. Linear in the one-hot value, so relaxed values work too.
template <dsl_term Table, dsl_term Index>
constexpr auto take(const Table& table, const Index& index) {
  static_assert(!internals::fills_given<Index>,
                "take(table, index) takes rows by indices as they are, and an index has no gaps: "
                "write take(table, index), and leave rows without one out or number one more row "
                "for them");
  return matmul(index, table);
}
/// Rows chosen by indices in the data, `given<"county">`, whole numbers from 0: of a table [k,
/// ...], where one gives [...] and n of them [n, ...], or of what stands in another plate, a row of
/// which one gives. An index beyond is an error when the data are read, which names column and row.
/// A plate that is indexed so may take its size from the data, `plate<"county">(...)`: it is not
/// cut into batches.
template <dsl_term Table, variable_like Index>
requires internals::is_given<Index>
constexpr auto take(const Table& table, const Index& index) {
  return apply(ops::take{}, index, table);
}

/// A learnable row of numbers for each of K categories, chosen by a categorical variable or by
/// indices in the data: `embedding<1000, 16>(word)`.
template <int K, int... Dims, dsl_term Index>
constexpr auto embedding(const Index& index, initializer begin = random_normal(1)) {
  return take(param<K, Dims...>(begin), index);
}

}  // namespace variad
