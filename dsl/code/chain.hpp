#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>

#include <variad/dsl/code/lanes.hpp>
#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/runtime/math/dual.hpp>

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

  template <class V, std::size_t M>
  [[gnu::always_inline]] static std::array<V, member<M>::arity> operands(const registers<V>& r) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::array<V, member<M>::arity>{r[member<M>::operand[I]]...};
    }
    (std::make_index_sequence<member<M>::arity>{});
  }
  /// The results of the first `First` members of the inputs in r.
  template <std::size_t First, class V, class T>
  [[gnu::always_inline]] static void evaluate(const kernel_call<T>& call, registers<V>& r) {
    unrolled<First>([&]<std::size_t M>() {
      using op = typename member<M>::op;
      r[Inputs + M] = static_cast<const op*>(call.members[M])->forward(operands<V, M>(r));
    });
  }
  template <std::uint32_t Wanted, class V, std::size_t M, class T>
  [[gnu::always_inline]] static void differentiate(const kernel_call<T>& call,
                                                   const registers<V>& r, registers<V>& d) {
    using self = member<M>;
    constexpr std::uint32_t wanted = [] {
      std::uint32_t bits = 0;
      for (std::size_t i = 0; i < self::arity; ++i)
        if (is_wanted<Wanted>(self::operand[i])) bits |= 1u << i;
      return bits;
    }();
    const auto partial = ops::partials<wanted>(
        *static_cast<const typename self::op*>(call.members[M]), operands<V, M>(r), r[Inputs + M]);
    unrolled<self::arity>([&]<std::size_t I>() {
      if constexpr (is_wanted<Wanted>(self::operand[I]))
        d[self::operand[I]] += d[Inputs + M] * partial[I];
    });
  }
  /// Inputs that no adjoint is wanted of need no arithmetic; results of members may lead to some.
  template <std::uint32_t Wanted>
  static constexpr bool is_wanted(std::size_t operand) {
    return operand >= Inputs || (Wanted >> operand & 1u) != 0;
  }

  // `Steps` says of each input, and last of the output, how it moves along the innermost loop, as
  // far as the compiler knows; `call.nest` agrees with it.
  template <lane_steps Steps = {}, class T>
  static void forward(const kernel_call<T>& call) {
    run_forward<batch<T>, Steps>(call, call);
  }
  template <lane_steps Steps = {}, class T>
  static void forward_along(const kernel_call<T>& call) {
    run_forward<math::dual<batch<T>>, Steps>(call, *call.along);
  }
  template <std::uint32_t Wanted, lane_steps Steps = {}, class T>
  static void pull_back(const kernel_call<T>& call) {
    run_back<batch<T>, Wanted, Steps>(call, call);
  }
  template <std::uint32_t Wanted, lane_steps Steps = {}, class T>
  static void pull_back_along(const kernel_call<T>& call) {
    run_back<math::dual<batch<T>>, Wanted, Steps>(call, *call.along);
  }

 private:
  static constexpr bool sums = member<count - 1>::op::traits.sums_event;

  /// Calls pass(offsets) for every pass through the outer loops.
  template <lane_steps Steps, class F>
  [[gnu::always_inline]] static void for_each_pass(const loop_nest& nest, F&& pass) {
    if (Steps.single || nest.loops == 0) return pass(loop_nest::strides{});
    walk<max_inputs + 1>(
        nest.extent, nest.loops, Inputs + 1,
        [&](std::size_t o, std::size_t l) { return nest.step[l][o]; },
        [&](std::size_t, const loop_nest::strides& at) { pass(at); });
  }
  /// Calls body.operator()<Whole>(j, n) along the innermost loop.
  template <lane_steps Steps, class T, class F>
  [[gnu::always_inline]] static void along_innermost(const loop_nest& nest, F&& body) {
    if constexpr (Steps.single)
      body.template operator()<false>(0, 1);
    else
      for_each_register<T>(nest.inner, body);
  }

  /// In numbers V, the last parts of which `last` holds.
  template <class V, lane_steps Steps, class T>
  static void run_forward(const kernel_call<T>& call, const kernel_call<T>& last) {
    const loop_nest& nest = *call.nest;
    T* const out = last.output.value;
    if (sums && nest.adds_up) std::fill_n(out, call.rows, T(0));
    for_each_pass<Steps>(nest, [&](const loop_nest::strides& at) {
      const lane_inputs<Inputs, V, Steps, T> inputs(call, last, nest, at);
      const lane_pointer<Steps[Inputs], T> to{out + at[Inputs], nest.inner_step[Inputs]};
      batch<T> total(T(0));
      along_innermost<Steps, T>(nest, [&]<bool Whole>(std::size_t j, std::size_t n) {
        registers<V> r;
        inputs.template load<Whole>(j, n, r);
        evaluate<count>(call, r);
        batch<T> y = last_part<T>(r.back());
        if (to.stays()) {
          total += Whole ? y : first_lanes<T>(y, n);
        } else {
          if (sums && nest.adds_up) y += to.template load<Whole>(j, n);
          to.template store<Whole>(y, j, n);
        }
      });
      if (to.stays()) *to.at = (sums && nest.adds_up ? *to.at : T(0)) + reduce_add(total);
    });
  }

  template <class V, std::uint32_t Wanted, lane_steps Steps, class T>
  static void run_back(const kernel_call<T>& call, const kernel_call<T>& last) {
    const loop_nest& nest = *call.nest;
    // The terms of a sum are nowhere kept.
    constexpr std::size_t again = sums ? count : count - 1;
    for_each_pass<Steps>(nest, [&](const loop_nest::strides& at) {
      const lane_inputs<Inputs, V, Steps, T> inputs(call, last, nest, at);
      const std::size_t here = at[Inputs], step = nest.inner_step[Inputs];
      using from = lane_pointer<Steps[Inputs], T>;
      const from y{call.output.value + here, step}, dy{call.output.adjoint + here, step},
          last_y{last.output.value + here, step}, last_dy{last.output.adjoint + here, step};
      std::array<batch<T>, Inputs> total;
      unrolled<Inputs>([&]<std::size_t I>() { total[I] = batch<T>(T(0)); });
      along_innermost<Steps, T>(nest, [&]<bool Whole>(std::size_t j, std::size_t n) {
        registers<V> r, d;
        inputs.template load<Whole>(j, n, r);
        evaluate<again>(call, r);
        if constexpr (!sums) r.back() = load_lanes<V, Whole>(y, last_y, j, n);
        unrolled<Inputs + count - 1>([&]<std::size_t I>() { d[I] = V(T(0)); });
        d.back() = load_lanes<V, Whole>(dy, last_dy, j, n);
        unrolled<count>(
            [&]<std::size_t M>() { differentiate<Wanted, V, count - 1 - M>(call, r, d); });
        unrolled<Inputs>([&]<std::size_t I>() {
          if constexpr (is_wanted<Wanted>(I))
            add_adjoint<I, Steps[I], Whole>(last, nest, at, last_part<T>(d[I]), total[I], j, n);
        });
      });
      unrolled<Inputs>([&]<std::size_t I>() {
        if constexpr (is_wanted<Wanted>(I) &&
                      (Steps[I] == lane_step::none || Steps[I] == lane_step::any)) {
          if (nest.inner_step[I] != 0) return;
          T& to = last.inputs[I].adjoint[at[I]];
          to = (last.begins(I) ? T(0) : to) + reduce_add(total[I]);
        }
      });
    });
  }
  /// Adds a register of adjoints of input I, or to `total` where all lanes are of one element.
  template <std::size_t I, lane_step Step, bool Whole, class T>
  [[gnu::always_inline]] static void add_adjoint(const kernel_call<T>& last, const loop_nest& nest,
                                                 const loop_nest::strides& at, batch<T> own,
                                                 batch<T>& total, std::size_t j, std::size_t n) {
    const lane_pointer<Step, T> to{last.inputs[I].adjoint + at[I], nest.inner_step[I]};
    if (to.stays()) {
      total += Whole ? own : first_lanes<T>(own, n);
    } else {
      if (!last.begins(I)) own += to.template load<Whole>(j, n);
      to.template store<Whole>(own, j, n);
    }
  }

  template <class T, class V>
  static batch<T> last_part(const V& x) {
    if constexpr (std::is_same_v<V, batch<T>>)
      return x;
    else
      return x.tangent[0];
  }
};

/// An elementwise op as a chain of one member.
template <class Op>
constexpr auto chain_alone() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return chain<sizeof...(I), chain_member<Op, I...>>{};
  }
  (std::make_index_sequence<Op::elementwise_arity>{});
}

}  // namespace variad::internals
