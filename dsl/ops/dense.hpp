#pragma once

#include <algorithm>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/one_site.hpp>
#include <variad/dsl/ops/add.hpp>
#include <variad/dsl/ops/reduction.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/linalg/linear_layer.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// y = x·W + b of the flattened event, or of its `Last` axis alone; owns `weight` [in, Out] and,
/// with a bias, `bias` [Out].
template <int Out, bool Bias, bool Last = false>
struct dense {
  static constexpr std::string_view name = "dense";
  static constexpr op_traits traits{.adds = true, .begins_sums = true};
  initializer weight = glorot_uniform();

  static constexpr shape event(std::span<const shape> in) {
    if (!in[0].valid || (Last && in[0].rank == 0)) return shape::invalid();
    return Last ? in[0].without_last().with(Out) : shape_of(Out);
  }

  static constexpr std::size_t parameter_count = Bias ? 2 : 1;
  static constexpr std::string_view parameter_name(std::size_t i) {
    return i == 0 ? "weight" : "bias";
  }
  static constexpr shape parameter_shape(std::size_t i, std::span<const shape> in) {
    return i == 0 ? shape_of(width(in[0]), Out) : shape_of(Out);
  }
  initializer initial(std::size_t i) const { return i == 0 ? weight : constant(0); }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* const b = Bias ? call.parameters[1].value : nullptr;
    const auto [rows, k] = matrix(call);
    linear_layer(rows, Out, k, call.inputs[0].value, call.parameters[0].value, b,
                 call.output.value);
  }

  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto [rows, k] = matrix(call);
    if (T* dx = call.inputs[0].adjoint; dx != nullptr)
      gemm<T>(false, true, rows, k, Out, 1, call.output.adjoint, Out, call.parameters[0].value, Out,
              call.begins(0) ? 0 : 1, dx, k);
  }

  /// The weights are cut in rows, in parts that stay in the cache while the shards add to their
  /// gradient; smaller ones take more time on shards of many rows. The bias is of the first part.
  static constexpr std::size_t gradient_parts(std::span<const shape> in) {
    const auto k = static_cast<std::size_t>(width(in[0]));
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
  static void one_site_update(const one_site_call<T>& call) requires(!Last) {
    move_by_rows(call, one_site_rows(call.drawn));
  }
  template <class T>
  static const T* one_site_rows(const kernel_call<T>& call) requires(!Last) {
    return call.parameters[0].value;
  }

  // Along a direction of x, in which the weights stand still: of dW = xᵀ·dy both factors move.
  template <class T>
  void forward_along(const kernel_call<T>& call) const {
    dense<Out, false, Last>{}.forward(*call.along);
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
    return dense<Out, false, Last>::add(other, part, to, false, false);
  }

 private:
  struct matrix_size {
    std::size_t rows, k;
  };
  static constexpr int width(const shape& in) { return Last ? in[-1] : in.size(); }
  /// The input as one matrix.
  template <class T>
  static matrix_size matrix(const kernel_call<T>& call) {
    const auto k = static_cast<std::size_t>(width(call.inputs[0].event));
    return {call.rows * call.inputs[0].size / k, k};
  }
  friend struct dense<Out, true, Last>;

  static constexpr share rows_of(std::size_t part, std::span<const shape> in) {
    return share_of(static_cast<std::size_t>(width(in[0])), part, gradient_parts(in));
  }
  /// Adds xᵀ·dy, or writes it where it `begins`; does nothing where that rounds more than `once`
  /// and must not.
  template <class T>
  static bool add(const kernel_call<T>& call, std::size_t part, const gradient_places<T>& to,
                  bool begins, bool once) {
    const T* const dy = call.output.adjoint;
    const share of_weights = rows_of(part, std::span(&call.inputs[0].event, 1));
    const auto [rows, k] = matrix(call);
    if (!add_weight_gradient(rows, Out, k, of_weights, call.inputs[0].value, dy, to[0], begins,
                             once))
      return false;
    if (Bias && part == 0) add_bias_gradient(rows, Out, dy, to[1], begins);
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

namespace internals {

template <int Out, bool Bias, int Axis, class E>
constexpr auto last_axis_layer(const E& e, initializer weight) {
  static_assert(Axis == -1, "a layer maps the last axis of an event: write axis<-1>");
  return apply(ops::dense<Out, Bias, true>{weight}, e);
}

}  // namespace internals

/// The same layer for each row of the last axis, with one set of weights: [K, 100] to [K, Out].
template <int Out, dsl_term E, int Axis>
constexpr auto dense(const E& e, internals::axis_tag<Axis>, initializer weight = glorot_uniform()) {
  return internals::last_axis_layer<Out, true, Axis>(e, weight);
}
template <int Out, dsl_term E, int Axis>
constexpr auto linear(const E& e, internals::axis_tag<Axis>,
                      initializer weight = glorot_uniform()) {
  return internals::last_axis_layer<Out, false, Axis>(e, weight);
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
