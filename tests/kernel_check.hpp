#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/dsl/code/chain.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>

/// One call of an op on buffers of its own, and the check of its derivative by differences.
namespace kernel_check {

using variad::shape;
using variad::shape_of;

/// An input of a call: its event, the row axes that it varies over (a bit each), and the range that
/// its values are drawn from.
struct input {
  shape event;
  unsigned axes = 3;
  double low = -1.5, high = 1.5;
};

/// Rows over two axes; the second has the smaller step, and more rows than a register has lanes,
/// but for the widest.
inline constexpr std::size_t first_extent = 2, second_extent = 9;

template <class T>
struct call_on_buffers {
  variad::kernel_call<T> call;
  variad::internals::loop_nest nest;
  std::vector<std::vector<T>> value, adjoint;
  std::vector<T> out, out_adjoint;

  call_on_buffers(const std::vector<input>& inputs, const shape& event, const shape& domain,
                  unsigned seed) {
    std::mt19937 engine(seed);
    call.extent.fill(1);
    call.extent[0] = first_extent;
    call.extent[2] = second_extent;
    call.rows = first_extent * second_extent;
    call.domain = domain;
    call.arity = inputs.size();
    value.resize(inputs.size());
    adjoint.resize(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const input& in = inputs[i];
      const auto size = static_cast<std::size_t>(in.event.size());
      std::size_t rows = 1;
      if (in.axes & 2u) {
        call.inputs[i].step[2] = size;
        rows *= second_extent;
      }
      if (in.axes & 1u) {
        call.inputs[i].step[0] = size * rows;
        rows *= first_extent;
      }
      value[i].resize(rows * size);
      std::uniform_real_distribution<double> draw(in.low, in.high);
      for (T& x : value[i]) x = static_cast<T>(draw(engine));
      adjoint[i].assign(rows * size, T(0));
      call.inputs[i].value = value[i].data();
      call.inputs[i].adjoint = adjoint[i].data();
      call.inputs[i].event = in.event;
      call.inputs[i].size = size;
    }
    const auto size = static_cast<std::size_t>(event.size());
    call.output.event = event;
    call.output.size = size;
    call.output.step[2] = size;
    call.output.step[0] = size * second_extent;
    out.assign(call.rows * size, T(0));
    out_adjoint.resize(out.size());
    std::uniform_real_distribution<double> draw(-1, 1);
    for (T& x : out_adjoint) x = static_cast<T>(draw(engine));
    call.output.value = out.data();
    call.output.adjoint = out_adjoint.data();
    nest = variad::internals::make_loop_nest(call);
    call.nest = &nest;
  }
  call_on_buffers(const call_on_buffers&) = delete;
  call_on_buffers& operator=(const call_on_buffers&) = delete;

  /// Where input i lies in the row (a, b).
  std::size_t at(std::size_t i, std::size_t a, std::size_t b) const {
    return a * call.inputs[i].step[0] + b * call.inputs[i].step[2];
  }
};

template <class Op>
using alone = decltype(variad::internals::chain_alone<Op>());

template <class Op, class T>
[[gnu::noinline]] void forward(const Op& op, variad::kernel_call<T>& call) {
  if constexpr (variad::ops::elementwise_op<Op>) {
    const variad::internals::loop_nest nest = variad::internals::make_loop_nest(call);
    call.nest = &nest;
    call.members[0] = &op;
    alone<Op>::forward(call);
  } else {
    op.forward(call);
  }
}
template <class Op, class T>
[[gnu::noinline]] void pull_back(const Op& op, variad::kernel_call<T>& call) {
  if constexpr (variad::ops::elementwise_op<Op>) {
    const variad::internals::loop_nest nest = variad::internals::make_loop_nest(call);
    call.nest = &nest;
    call.members[0] = &op;
    alone<Op>::template pull_back<0xffu>(call);
  } else {
    op.pull_back(call);
  }
}

/// What an op says of its output's event.
template <class Op>
shape event_of(const std::vector<input>& inputs) {
  std::vector<shape> in;
  for (const input& i : inputs) in.push_back(i.event);
  return Op::event(in);
}

/// Holds every adjoint of an op against central differences in double. `skip` has a bit for each
/// input that is not differentiated. Derivatives add to what the adjoints hold: they begin at 1.
template <class Op>
void check_derivative(const Op& op, const std::vector<input>& inputs, const shape& domain,
                      unsigned skip = 0, unsigned seed = 1) {
  const shape event = event_of<Op>(inputs);
  REQUIRE(event.valid);
  call_on_buffers<double> b(inputs, event, domain, seed);
  forward(op, b.call);
  // Less what is there, so that rows that do not move add no rounding.
  const std::vector<double> before(b.out.begin(), b.out.end());
  const auto objective = [&] {
    forward(op, b.call);
    double total = 0;
    for (std::size_t j = 0; j < b.out.size(); ++j)
      total += b.out_adjoint[j] * (b.out[j] - before[j]);
    return total;
  };
  for (auto& a : b.adjoint) std::fill(a.begin(), a.end(), 1.0);
  pull_back(op, b.call);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (skip >> i & 1u) continue;
    for (std::size_t j = 0; j < b.value[i].size(); ++j) {
      constexpr double step = 1e-5;
      const double x = b.value[i][j];
      b.value[i][j] = x + step;
      const double up = objective();
      b.value[i][j] = x - step;
      const double down = objective();
      b.value[i][j] = x;
      CAPTURE(Op::name, i, j);
      REQUIRE(b.adjoint[i][j] - 1 == Approx((up - down) / (2 * step)).epsilon(1e-6).margin(2e-8));
    }
  }
}
template <class Op>
void check_derivative(const Op& op, const std::vector<input>& inputs) {
  check_derivative(op, inputs, event_of<Op>(inputs));
}

/// Holds float against double: values and adjoints.
template <class Op>
void check_float(const Op& op, const std::vector<input>& inputs, const shape& domain,
                 unsigned seed = 1) {
  const shape event = event_of<Op>(inputs);
  REQUIRE(event.valid);
  call_on_buffers<double> d(inputs, event, domain, seed);
  call_on_buffers<float> f(inputs, event, domain, seed);
  for (std::size_t i = 0; i < inputs.size(); ++i)  // the same numbers
    for (std::size_t j = 0; j < d.value[i].size(); ++j)
      d.value[i][j] = static_cast<double>(f.value[i][j]);
  for (std::size_t j = 0; j < d.out.size(); ++j)
    d.out_adjoint[j] = static_cast<double>(f.out_adjoint[j]);
  forward(op, d.call);
  forward(op, f.call);
  pull_back(op, d.call);
  pull_back(op, f.call);
  CAPTURE(Op::name);
  for (std::size_t j = 0; j < d.out.size(); ++j)
    REQUIRE(static_cast<double>(f.out[j]) == Approx(d.out[j]).epsilon(1e-4).margin(1e-4));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (std::size_t j = 0; j < d.adjoint[i].size(); ++j)
      REQUIRE(static_cast<double>(f.adjoint[i][j]) ==
              Approx(d.adjoint[i][j]).epsilon(1e-4).margin(1e-4));
}

}  // namespace kernel_check
