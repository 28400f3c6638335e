#pragma once

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/engine/tables.hpp>
#include <variad/dsl/passes/flatten.hpp>

/// The code of ops and draws as the engine calls it: by op, and not by where it stands, so that the
/// programs of an inference share it.
namespace variad::internals {

template <class Op, class T>
constexpr void couple_rows(kernel<T>& k) {
  k.partial_size = &Op::partial_size;
  k.gather = [](const kernel_call<T>& call) { Op::gather(call); };
  k.join = [](const shape& event, T* part, const T* next) { Op::join(event, part, next); };
  k.merge = [](const kernel_call<T>& call, const T* all) { Op::merge(call, all); };
  k.gather_back = [](const kernel_call<T>& call) { Op::gather_back(call); };
  k.merge_back = [](const kernel_call<T>& call, const T* all) { Op::merge_back(call, all); };
}

template <class Op, class T>
constexpr void keep_state(kernel<T>& k) {
  using state = typename Op::template state<T>;
  k.make_state = [](const void* op, const shape& event,
                    std::string_view name) -> carried_object<T> {
    const auto made = std::make_shared<state>(*static_cast<const Op*>(op), event, name);
    return {made, made->values()};
  };
}

/// Everything of an op but what a fused chain runs in its place.
template <class Op, class T, bool Alone, bool Learns>
constexpr kernel<T> code_of_op() {
  kernel<T> k;
  if constexpr (Alone) {
    k.forward = [](const kernel_call<T>& call) { static_cast<const Op*>(call.op)->forward(call); };
    if constexpr (Learns)
      k.pull_back = [](const kernel_call<T>& call) {
        static_cast<const Op*>(call.op)->pull_back(call);
      };
  }
  using has = op_members<Op>;
  if constexpr (has::add_gradient && Learns) {
    k.gradient_parts = &Op::gradient_parts;
    k.gradient_part = &Op::gradient_part;
    k.add_gradient = &Op::template add_gradient<T>;
  }
  if constexpr (has::one_site_update) k.one_site_update = &Op::template one_site_update<T>;
  if constexpr (has::one_site_rows) k.one_site_rows = &Op::template one_site_rows<T>;
  if constexpr (has::row_differences) k.row_differences = &Op::template row_differences<T>;
  k.begins_sums = Op::traits.begins_sums;
  if constexpr (has::scratch_size) k.scratch_size = &Op::scratch_size;
  if constexpr (has::coupled_rows) couple_rows<Op>(k);
  if constexpr (has::state) keep_state<Op>(k);
  if constexpr (has::parameters)
    k.initial = [](const void* o, std::size_t b) { return static_cast<const Op*>(o)->initial(b); };
  if constexpr (has::fan) k.fan = &Op::fan;
  return k;
}

/// What an op of a surrogate that is no part of a chain does to derivatives along a direction.
template <class Op, class T>
constexpr void run_along(kernel<T>& k) {
  using has = op_members<Op>;
  if constexpr (has::along) {
    k.forward_along = [](const kernel_call<T>& call) {
      static_cast<const Op*>(call.op)->forward_along(call);
    };
    k.pull_back_along = [](const kernel_call<T>& call) {
      static_cast<const Op*>(call.op)->pull_back_along(call);
    };
    if constexpr (has::add_gradient) k.add_gradient = &Op::template add_gradient_along<T>;
  } else if constexpr (Op::traits.linear) {
    k.forward_along = [](const kernel_call<T>& call) {
      static_cast<const Op*>(call.op)->forward(*call.along);
    };
    k.pull_back_along = [](const kernel_call<T>& call) {
      static_cast<const Op*>(call.op)->pull_back(*call.along);
    };
  }
}

/// Estimator E applied to family F.
template <class E, class F, class T>
constexpr draw_code<T> code_of_draw() {
  draw_code<T> d;
  d.propose = [](const void* e, draw_rows<T>& rows) {
    static_cast<const E*>(e)->propose(draw_site<F, T>(rows));
  };
  d.pull_back = [](const void* e, draw_rows<T>& rows) {
    static_cast<const E*>(e)->pull_back(draw_site<F, T>(rows));
  };
  if constexpr (has_surrogate<E>)
    d.seed_network = [](const void* e, draw_rows<T>& rows) {
      static_cast<const E*>(e)->seed_network(draw_site<F, T>(rows));
    };
  if constexpr (F::traits.discrete) {
    d.set_site = [](T* value, std::size_t i, std::size_t j) {
      F::set_category(value, i, j, static_cast<std::size_t>(F::categories(shape{})));
    };
    d.site = [](const T* value, std::size_t i) {
      return F::category(value, i, static_cast<std::size_t>(F::categories(shape{})));
    };
  }
  if constexpr (requires(const E& e, draw_site<F, T> s, T* out) {
                  e.probe(s, std::size_t{}, std::size_t{}, out);
                })
    d.probe = [](const void* e, draw_rows<T>& rows, std::size_t row, std::size_t p, T* out) {
      static_cast<const E*>(e)->probe(draw_site<F, T>(rows), row, p, out);
    };
  if constexpr (requires(const E& e, std::span<T> s, std::span<const T> u) { e.commit(s, u); })
    d.commit = [](const void* e, std::span<T> state, std::span<const T> update) {
      static_cast<const E*>(e)->commit(state, update);
    };
  return d;
}

}  // namespace variad::internals
