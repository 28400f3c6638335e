#pragma once

#include <algorithm>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/one_site.hpp>
#include <variad/dsl/ops/add.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/linalg/linear_layer.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// y = x·W + b of the flattened event; owns `weight` [in, Out] and, with a bias, `bias` [Out].
template <int Out, bool Bias>
struct dense {
  static constexpr std::string_view name = "dense";
  static constexpr op_traits traits{.adds = true, .begins_sums = true};
  initializer weight = glorot_uniform();

  static constexpr shape event(std::span<const shape> in) {
    return in[0].valid ? shape_of(Out) : shape::invalid();
  }

  static constexpr std::size_t parameter_count = Bias ? 2 : 1;
  static constexpr std::string_view parameter_name(std::size_t i) {
    return i == 0 ? "weight" : "bias";
  }
  static constexpr shape parameter_shape(std::size_t i, std::span<const shape> in) {
    return i == 0 ? shape_of(in[0].size(), Out) : shape_of(Out);
  }
  initializer initial(std::size_t i) const { return i == 0 ? weight : constant(0); }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* const b = Bias ? call.parameters[1].value : nullptr;
    linear_layer(call.rows, Out, call.inputs[0].size, call.inputs[0].value,
                 call.parameters[0].value, b, call.output.value);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const std::size_t k = call.inputs[0].size;
    if (T* dx = call.inputs[0].adjoint; dx != nullptr)
      gemm<T>(false, true, call.rows, k, Out, 1, call.output.adjoint, Out, call.parameters[0].value,
              Out, call.begins(0) ? 0 : 1, dx, k);
  }

  /// The weights are cut in rows, in parts that stay in the cache while the shards add to their
  /// gradient; smaller ones take more time on shards of many rows. The bias is of the first part.
  static constexpr std::size_t gradient_parts(std::span<const shape> in) {
    const auto k = static_cast<std::size_t>(in[0].size());
    return std::clamp<std::size_t>((k * Out + 40959) / 40960, 1, (k + 15) / 16);
  }
  static constexpr gradient_range gradient_part(std::size_t part, std::size_t block,
                                                std::span<const shape> in) {
    if (block == 1) return {0, part == 0 ? std::size_t{Out} : 0};
    const share rows = rows_of(part, in);
    return {rows.first * Out, rows.last * Out};
  }
  template <class T>
  static bool add_gradient(const kernel_call<T>& call, std::size_t part,
                           const gradient_places<T>& to, bool begins) {
    return add(call, part, to, begins, !begins);
  }

  /// Alternatives of one variable of a one-hot input differ by two rows of the weights.
  template <class T>
  static void one_site_update(const one_site_call<T>& call) {
    move_by_rows(call, one_site_rows(call.drawn));
  }
  template <class T>
  static const T* one_site_rows(const kernel_call<T>& call) {
    return call.parameters[0].value;
  }

  // Along a direction of x, in which the weights stand still: of dW = xᵀ·dy both factors move.
  template <class T>
  void forward_along(const kernel_call<T>& call) const {
    dense<Out, false>{}.forward(*call.along);
  }
  template <class T>
  void pull_back_along(const kernel_call<T>& call) const {
    pull_back(*call.along);
  }
  template <class T>
  static bool add_gradient_along(const kernel_call<T>& call, std::size_t part,
                                 const gradient_places<T>& to, bool begins) {
    if (!begins) return false;
    kernel_call<T> one = call, other = *call.along;
    std::swap(one.output.adjoint, other.output.adjoint);
    add(one, part, to, true, false);
    return dense<Out, false>::add(other, part, to, false, false);
  }

 private:
  friend struct dense<Out, true>;

  static constexpr share rows_of(std::size_t part, std::span<const shape> in) {
    return share_of(static_cast<std::size_t>(in[0].size()), part, gradient_parts(in));
  }
  /// Adds xᵀ·dy, or writes it where it `begins`; does nothing where that rounds more than `once`
  /// and must not.
  template <class T>
  static bool add(const kernel_call<T>& call, std::size_t part, const gradient_places<T>& to,
                  bool begins, bool once) {
    const T* const dy = call.output.adjoint;
    const share rows = rows_of(part, std::span(&call.inputs[0].event, 1));
    if (!add_weight_gradient(call.rows, Out, call.inputs[0].size, rows, call.inputs[0].value, dy,
                             to[0], begins, once))
      return false;
    if (Bias && part == 0) add_bias_gradient(call.rows, Out, dy, to[1], begins);
    return true;
  }
};

}  // namespace ops

/// A fully connected layer of Out units, `x·W + b`, on the flattened event. It is identified by the
/// statement that it stands in and its position there. The weights begin as glorot_uniform() unless
/// told otherwise: `dense<200>(x, random_normal(0.01))`.
template <int Out, dsl_term E>
constexpr auto dense(const E& e, initializer weight = glorot_uniform()) {
  return apply(ops::dense<Out, true>{weight}, e);
}

/// A linear map without a bias, `x·W`.
template <int Out, dsl_term E>
constexpr auto linear(const E& e, initializer weight = glorot_uniform()) {
  return apply(ops::dense<Out, false>{weight}, e);
}

/// A linear map of several inputs: the sum of one each.
template <int Out, dsl_term E, dsl_term... Rest>
requires(sizeof...(Rest) > 0) constexpr auto linear(const E& e, const Rest&... rest) {
  return (linear<Out>(e) + ... + linear<Out>(rest));
}

/// A layer of several inputs: the sum of one map each, so that what depends on the datum alone is
/// computed once and not per sample.
template <int Out, dsl_term E, dsl_term... Rest>
requires(sizeof...(Rest) > 0) constexpr auto dense(const E& e, const Rest&... rest) {
  return (dense<Out>(e) + ... + linear<Out>(rest));
}

}  // namespace variad
