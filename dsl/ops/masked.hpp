#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/math/arithmetic.hpp>

// Densities, entropies and divergences of some of the variables of an event: those that a mask, the
// last input, has 1 for.
namespace variad {
namespace ops {

using namespace internals;

/// An elementwise op summed over the elements that the mask has 1 for.
template <class Op>
struct masked_elements : elementwise<Op::elementwise_arity + 1> {
  static constexpr std::size_t arity = Op::elementwise_arity;
  static constexpr std::string_view name = Op::name;
  static constexpr op_traits traits = [] {
    op_traits t = Op::traits;
    t.without_derivative |= 1u << arity;
    return t;
  }();
  static constexpr shape event(std::span<const shape> in) {
    return broadcast(elementwise<arity>::event(in.first(arity)), in[arity]).valid
               ? Op::event(in.first(arity))
               : shape::invalid();
  }

  template <class V>
  V forward(const std::array<V, arity + 1>& x) const {
    return math::select(x[arity] > V(0), Op{}.forward(operands(x)), V(0));
  }
  template <class V>
  std::array<V, arity + 1> derivative(const std::array<V, arity + 1>& x, const V& y) const requires
      requires(const Op& op, const std::array<V, arity>& own) {
    op.derivative(own, y);
  }
  {
    const std::array<V, arity> of = Op{}.derivative(operands(x), y);
    std::array<V, arity + 1> out;
    for (std::size_t i = 0; i < arity; ++i) out[i] = math::select(x[arity] > V(0), of[i], V(0));
    out[arity] = V(0);
    return out;
  }

 private:
  template <class V>
  static std::array<V, arity> operands(const std::array<V, arity + 1>& x) {
    std::array<V, arity> out;
    std::copy_n(x.begin(), arity, out.begin());
    return out;
  }
};

/// Which rows count: those whose mask has 1 for every variable, or for some.
enum class rows_with { all, some };

/// An op of one number a row, which is 0 in the rows that do not count.
template <class Op, rows_with Which>
struct masked_rows {
  static constexpr std::string_view name = Op::name;
  static constexpr op_traits traits = Op::traits;
  static constexpr shape event(std::span<const shape> in) {
    return Op::event(in.first(in.size() - 1));
  }
  static constexpr std::size_t scratch_size(std::size_t rows, std::span<const shape> in) {
    if constexpr (op_members<Op>::scratch_size)
      return Op::scratch_size(rows, in.first(in.size() - 1));
    else
      return 0;
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    Op{}.forward(without_mask(call));
    clear_others(call, call.output.value);
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    clear_others(call, call.output.adjoint);
    Op{}.pull_back(without_mask(call));
  }

 private:
  template <class T>
  static kernel_call<T> without_mask(const kernel_call<T>& call) {
    kernel_call<T> own = call;
    --own.arity;
    return own;
  }
  /// Sets what belongs to rows that do not count to 0.
  template <class T>
  static void clear_others(const kernel_call<T>& call, T* of_rows) {
    const tensor<T>& mask = call.inputs[call.arity - 1];
    for_each_row(call, [&](std::size_t row, const auto& at) {
      const T *const begin = mask.value + at[call.arity - 1], *const end = begin + mask.size;
      const auto is_set = [](T x) { return x > T(0); };
      const bool counts = Which == rows_with::all ? std::all_of(begin, end, is_set)
                                                  : std::any_of(begin, end, is_set);
      if (!counts) of_rows[row] = T(0);
    });
  }
};

}  // namespace ops

namespace internals {

/// An op that has a form of its own with a mask by variable, as one of groups does.
template <class Op>
concept has_masked_form = requires {
  typename Op::masked;
};
/// Whether an op of a density can leave out single variables of an event.
template <class Op>
inline constexpr bool masks_variables = ops::elementwise_op<Op> || has_masked_form<Op>;
/// A family whose variables are independent, so that some of them can be left out.
template <class Family>
inline constexpr bool is_product = masks_variables<typename Family::log_prob>;

template <class Op>
struct masked_variables;
template <ops::elementwise_op Op>
struct masked_variables<Op> {
  using type = ops::masked_elements<Op>;
};
template <has_masked_form Op>
struct masked_variables<Op> {
  using type = typename Op::masked;
};

/// An op with a mask: by variable if it can, otherwise by whole rows.
template <class Op, ops::rows_with Which>
constexpr auto masked_op() {
  if constexpr (masks_variables<Op>)
    return hana::type<typename masked_variables<Op>::type>{};
  else
    return hana::type<ops::masked_rows<Op, Which>>{};
}
template <class Op, ops::rows_with Which>
using masked = typename decltype(masked_op<Op, Which>())::type;

/// A family with the density of some variables of an event, whatever the others are.
template <class Family>
concept has_marginals = requires {
  typename Family::log_prob::marginal;
};
/// The density of what is there of an event that nobody draws.
template <class Family>
constexpr auto density_of_known_op() {
  if constexpr (has_marginals<Family>)
    return hana::type<typename Family::log_prob::marginal>{};
  else
    return masked_op<typename Family::log_prob, ops::rows_with::all>();
}
template <class Family>
using density_of_known = typename decltype(density_of_known_op<Family>())::type;
/// Whether there is one for an event of so many variables.
template <class Family>
constexpr bool leaves_gaps_out(int variables) {
  return is_product<Family> || has_marginals<Family> || variables == 1;
}

}  // namespace internals
}  // namespace variad
