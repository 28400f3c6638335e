#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/engine/loop_nest.hpp>
#include <variad/runtime/math/dual.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {

/// One op of a chain: its operands are the chain's inputs, then the results of earlier members.
template <class Op, std::size_t... Operand>
struct chain_member {
  using op = Op;
  static constexpr std::size_t arity = sizeof...(Operand);
  static constexpr std::array<std::size_t, sizeof...(Operand)> operand{Operand...};
};

/// A fused run of elementwise ops: one SIMD loop forward, one backward; what lies between is held
/// in registers, and computed again on the way back, where `Wanted` has a bit for each input whose
/// adjoint is wanted. The result of the last op is not: it is read from the output.
/// If the last op sums its event, the output is one number a row.
///
/// In a surrogate the same loops run over dual numbers, whose second parts call.along holds: there
/// they write what moves along a direction, of the results and of the adjoints.
template <std::size_t Inputs, class... Members>
struct chain {
  static constexpr std::size_t count = sizeof...(Members);
  template <std::size_t M>
  using member = std::tuple_element_t<M, std::tuple<Members...>>;

  template <class V>
  using registers = std::array<V, Inputs + count>;

  template <class V, std::size_t M, class T>
  static void evaluate(const kernel_call<T>& call, registers<V>& r) {
    using self = member<M>;
    std::array<V, self::arity> in;
    for (std::size_t i = 0; i < self::arity; ++i) in[i] = r[self::operand[i]];
    r[Inputs + M] = static_cast<const typename self::op*>(call.members[M])->forward(in);
  }
  template <std::uint32_t Wanted, class V, std::size_t M, class T>
  static void differentiate(const kernel_call<T>& call, const registers<V>& r, registers<V>& d) {
    using self = member<M>;
    std::array<V, self::arity> in;
    for (std::size_t i = 0; i < self::arity; ++i) in[i] = r[self::operand[i]];
    constexpr std::uint32_t wanted = [] {
      std::uint32_t bits = 0;
      for (std::size_t i = 0; i < self::arity; ++i)
        if (is_wanted<Wanted>(self::operand[i])) bits |= 1u << i;
      return bits;
    }();
    const auto partial = ops::partials<wanted>(
        *static_cast<const typename self::op*>(call.members[M]), in, r[Inputs + M]);
    for (std::size_t i = 0; i < self::arity; ++i)
      if (is_wanted<Wanted>(self::operand[i])) d[self::operand[i]] += d[Inputs + M] * partial[i];
  }
  /// Inputs that no adjoint is wanted of need no arithmetic; results of members may lead to some.
  template <std::uint32_t Wanted>
  static constexpr bool is_wanted(std::size_t operand) {
    return operand >= Inputs || (Wanted >> operand & 1u) != 0;
  }

  /// The inputs and the results of the first `First` members.
  template <std::size_t First, class V, class T>
  static registers<V> forward_at(const kernel_call<T>& call, const std::array<V, Inputs>& in) {
    registers<V> r;
    std::copy(in.begin(), in.end(), r.begin());
    [&]<std::size_t... M>(std::index_sequence<M...>) { (evaluate<V, M>(call, r), ...); }
    (std::make_index_sequence<First>{});
    return r;
  }

  template <class T>
  static void forward(const kernel_call<T>& call) {
    run_forward<batch<T>>(call, call);
  }
  template <class T>
  static void forward_along(const kernel_call<T>& call) {
    run_forward<math::dual<batch<T>>>(call, *call.along);
  }
  template <std::uint32_t Wanted, class T>
  static void pull_back(const kernel_call<T>& call) {
    run_back<batch<T>, Wanted>(call, call);
  }
  template <std::uint32_t Wanted, class T>
  static void pull_back_along(const kernel_call<T>& call) {
    run_back<math::dual<batch<T>>, Wanted>(call, *call.along);
  }

 private:
  /// Calls f(_, offsets) for every pass through the outer loops.
  template <class F>
  static void for_each_inner(const loop_nest& nest, F&& f) {
    walk<max_inputs + 1>(
        nest.extent, nest.loops, Inputs + 1,
        [&](std::size_t o, std::size_t l) { return nest.step[l][o]; }, f);
  }
  /// In numbers V, the last parts of which `last` holds.
  template <class V, class T>
  static void run_forward(const kernel_call<T>& call, const kernel_call<T>& last) {
    const loop_nest nest = make_loop_nest(call);
    const bool sum = nest.inner_step[Inputs] == 0;
    T* out = last.output.value;
    if (sums) std::fill_n(out, call.rows, T(0));
    for_each_inner(nest, [&](std::size_t, const auto& at) {
      batch<T> total(T(0));
      const auto body = [&]<bool Whole>(std::size_t j, std::size_t n) {
        const batch<T> y = last_part<T>(
            forward_at<count>(call, load_inputs<V, Whole>(call, last, nest, at, j, n)).back());
        if (!sum && !sums) {
          store_some<Whole>(out + at[Inputs] + j, y, n);
        } else if (!sum) {
          T* to = out + at[Inputs] + j;
          store_some<Whole>(to, batch<T>(load_some<Whole>(to, n) + y), n);
        } else {
          total += Whole ? y : first_lanes<T>(y, n);
        }
      };
      std::size_t j = 0;
      for (; j + lanes<T> <= nest.inner; j += lanes<T>) body.template operator()<true>(j, 0);
      if (j < nest.inner) body.template operator()<false>(j, nest.inner - j);
      if (sum) {
        if (sums) {
          out[at[Inputs]] += reduce_add(total);
        } else {  // a single element
          out[at[Inputs]] = reduce_add(total);
        }
      }
    });
  }

  template <class V, std::uint32_t Wanted, class T>
  static void run_back(const kernel_call<T>& call, const kernel_call<T>& last) {
    const loop_nest nest = make_loop_nest(call);
    // The terms of a sum are nowhere kept.
    constexpr std::size_t again = sums ? count : count - 1;
    for_each_inner(nest, [&](std::size_t, const auto& at) {
      std::array<batch<T>, Inputs> total;
      total.fill(batch<T>(T(0)));
      const auto body = [&]<bool Whole>(std::size_t j, std::size_t n) {
        const auto load_output = [&](const T* first, const T* second) {
          return load_one<V, Whole>(first, second, nest, Inputs, at, j, n);
        };
        auto r = forward_at<again>(call, load_inputs<V, Whole>(call, last, nest, at, j, n));
        if constexpr (!sums) r.back() = load_output(call.output.value, last.output.value);
        registers<V> d;
        d.fill(V(T(0)));
        d.back() = load_output(call.output.adjoint, last.output.adjoint);
        [&]<std::size_t... M>(std::index_sequence<M...>) {
          (differentiate<Wanted, V, count - 1 - M>(call, r, d), ...);
        }
        (std::make_index_sequence<count>{});
        for (std::size_t i = 0; i < Inputs; ++i) {
          if (!is_wanted<Wanted>(i)) continue;
          batch<T> own = last_part<T>(d[i]);
          if (nest.inner_step[i] == 0) {
            total[i] += Whole ? own : first_lanes<T>(own, n);
          } else {
            T* to = last.inputs[i].adjoint + at[i] + j;
            if (!last.begins(i)) own += load_some<Whole>(to, n);
            store_some<Whole>(to, own, n);
          }
        }
      };
      std::size_t j = 0;
      for (; j + lanes<T> <= nest.inner; j += lanes<T>) body.template operator()<true>(j, 0);
      if (j < nest.inner) body.template operator()<false>(j, nest.inner - j);
      for (std::size_t i = 0; i < Inputs; ++i)
        if (is_wanted<Wanted>(i) && nest.inner_step[i] == 0) {
          T& to = last.inputs[i].adjoint[at[i]];
          to = (last.begins(i) ? T(0) : to) + reduce_add(total[i]);
        }
    });
  }

  static constexpr bool sums = member<count - 1>::op::traits.sums_event;

  template <bool Whole, class T>
  static batch<T> load_some(const T* from, std::size_t n) {
    if constexpr (Whole) {
      return load(from);
    } else {
      return load_partial(from, n);
    }
  }
  template <bool Whole, class T>
  static void store_some(T* to, const batch<T>& value, std::size_t n) {
    if constexpr (Whole) {
      store(to, value);
    } else {
      store_partial(to, value, n);
    }
  }
  template <class V, bool Whole, class T>
  static std::array<V, Inputs> load_inputs(const kernel_call<T>& call, const kernel_call<T>& last,
                                           const loop_nest& nest, const loop_nest::strides& at,
                                           std::size_t j, std::size_t n) {
    std::array<V, Inputs> in;
    for (std::size_t i = 0; i < Inputs; ++i)
      in[i] = load_one<V, Whole>(call.inputs[i].value, last.inputs[i].value, nest, i, at, j, n);
    return in;
  }
  /// The numbers of operand i of the nest.
  template <class V, bool Whole, class T>
  static V load_one(const T* first, const T* last, const loop_nest& nest, std::size_t i,
                    const loop_nest::strides& at, std::size_t j, std::size_t n) {
    const auto load_part = [&](const T* from) {
      return nest.inner_step[i] == 0 ? batch<T>(from[at[i]])
                                     : load_some<Whole>(from + at[i] + j, n);
    };
    if constexpr (std::is_same_v<V, batch<T>>)
      return load_part(first);
    else
      return V(load_part(first), load_part(last));
  }
  template <class T, class V>
  static batch<T> last_part(const V& x) {
    if constexpr (std::is_same_v<V, batch<T>>)
      return x;
    else
      return x.tangent[0];
  }
};

}  // namespace variad::internals
