#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/syntax/gaps.hpp>

namespace variad {
namespace ops {

/// Rows of K numbers, 1 at an index and 0 elsewhere, and of zeros where there is none, of (indices,
/// known).
template <int K>
struct one_hot {
  static constexpr std::string_view name = "one_hot";
  static constexpr op_traits traits{.differentiable = false};
  static constexpr shape event(std::span<const shape> in) { return in[0].with(K); }
  static constexpr int index_limit(std::span<const shape>) { return K; }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    constexpr auto k = static_cast<std::size_t>(K);
    const std::size_t n = call.rows * call.inputs[0].size;
    std::fill_n(call.output.value, n * k, T(0));
    for (std::size_t i = 0; i < n; ++i)
      call.output.value[i * k + static_cast<std::size_t>(call.inputs[0].value[i])] =
          call.inputs[1].value[i];
  }
};

}  // namespace ops

/// The indices of a `given` variable, whole numbers from 0 to K − 1, as rows of K numbers: [n]
/// gives [n, K]. A gap is a row of zeros; other numbers are an error when the data are read.
template <int K, variable_like V>
constexpr auto one_hot(const V& v) {
  static_assert(internals::is_given<V>,
                "one_hot<K>(v) is of indices in the data: declare them with given<\"name\">");
  if constexpr (internals::is_given<V>)
    return apply(ops::one_hot<K>{}, internals::read_of<internals::reading::column>(v), known(v));
  else
    return as_expression(v);
}

}  // namespace variad
