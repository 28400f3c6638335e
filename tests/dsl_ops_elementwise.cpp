#include <cmath>
#include <vector>

#include "kernel_check.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/ops/list.hpp>

using namespace variad;
using namespace variad::internals;
using kernel_check::check_derivative;
using kernel_check::check_float;
using kernel_check::input;

namespace {

/// An op of one input against the function that it is: derivative, values in float and in double
/// on events that do and do not fill a register.
template <class Op, class F>
void check_unary(const Op& op, F&& oracle, double low, double high) {
  for (const int n : {1, 3, 4, 7, 8, 13, 16, 19, 37}) {
    const std::vector<input> in{{shape_of(n), 3, low, high}};
    check_derivative(op, in);
    check_float(op, in, shape_of(n));
    kernel_check::call_on_buffers<double> b(in, shape_of(n), shape_of(n), 5);
    kernel_check::forward(op, b.call);
    for (std::size_t j = 0; j < b.out.size(); ++j) {
      CAPTURE(Op::name, n, j);
      REQUIRE(b.out[j] == Approx(oracle(b.value[0][j])).epsilon(1e-13).margin(1e-15));
    }
  }
}

/// An op of two inputs with every way of broadcasting events and rows.
template <class Op, class F>
void check_binary(const Op& op, F&& oracle, double low, double high) {
  const std::vector<std::pair<shape, shape>> events{
      {shape_of(), shape_of()},         {shape_of(5), shape_of(5)},
      {shape_of(5), shape_of()},        {shape_of(), shape_of(19)},
      {shape_of(3, 5), shape_of(5)},    {shape_of(3, 1), shape_of(5)},
      {shape_of(3, 1), shape_of(1, 9)}, {shape_of(2, 1, 5), shape_of(3, 1)},
      {shape_of(3, 17), shape_of(3, 1)}};
  for (const auto& [left, right] : events)
    for (const unsigned axes : {0u, 1u, 2u, 3u}) {
      const std::vector<input> in{{left, 3, low, high}, {right, axes, low, high}};
      const shape event = kernel_check::event_of<Op>(in);
      check_derivative(op, in);
      check_derivative(op, {in[1], in[0]});
      check_float(op, in, event);
      // The oracle walks the broadcast event itself, by the index of every axis.
      kernel_check::call_on_buffers<double> b(in, event, event, 3);
      kernel_check::forward(op, b.call);
      std::size_t flat = 0;
      for (std::size_t r = 0; r < kernel_check::first_extent; ++r)
        for (std::size_t s = 0; s < kernel_check::second_extent; ++s)
          for (int e = 0; e < event.size(); ++e, ++flat) {
            const auto element = [&](const shape& of) {
              int rest = e, at = 0, stride = 1;
              for (int k = 1; k <= event.rank; ++k) {
                const int index = rest % event[-k];
                rest /= event[-k];
                if (k > of.rank) continue;
                if (of[-k] > 1) at += index * stride;
                stride *= of[-k];
              }
              return static_cast<std::size_t>(at);
            };
            const double want = oracle(b.value[0][b.at(0, r, s) + element(left)],
                                       b.value[1][b.at(1, r, s) + element(right)]);
            REQUIRE(b.out[flat] == Approx(want).epsilon(1e-13));
          }
    }
}

}  // namespace

TEST_CASE("elementwise ops of one input", "[ops]") {
  check_unary(
      ops::exp{}, [](double x) { return std::exp(x); }, -3, 3);
  check_unary(
      ops::log{}, [](double x) { return std::log(x); }, 0.2, 3);
  check_unary(
      ops::sqrt{}, [](double x) { return std::sqrt(x); }, 0.2, 3);
  check_unary(
      ops::square{}, [](double x) { return x * x; }, -3, 3);
  check_unary(
      ops::negate{}, [](double x) { return -x; }, -3, 3);
  check_unary(
      ops::tanh{}, [](double x) { return std::tanh(x); }, -3, 3);
  check_unary(
      ops::sigmoid{}, [](double x) { return 1 / (1 + std::exp(-x)); }, -4, 4);
  check_unary(
      ops::softplus{}, [](double x) { return std::log1p(std::exp(x)); }, -4, 4);
}

namespace {

/// A function of the user's as the op that it becomes.
template <std::size_t N, class F>
ops::lambda<N, F> op_of(const F& f) {
  return {{}, f};
}

}  // namespace

TEST_CASE("functions of the user's own call those that they name", "[ops]") {
  // Of numbers alone the same text is the oracle, with the functions of the standard library.
  using std::abs, std::cos, std::erf, std::exp, std::expm1, std::lgamma, std::log, std::log1p,
      std::max, std::min, std::pow, std::sin, std::sqrt, std::tanh;
  const auto both = [](const auto& f, double low, double high) {
    check_unary(op_of<1>(f), f, low, high);
  };
  both([](auto x) { return abs(x) + 1; }, -3, -0.1);
  both([](auto x) { return pow(x, 3) - pow(x, -2); }, 0.5, 3);
  both([](auto x) { return pow(x, 2.5) + pow(1.5, x); }, 0.3, 3);
  both([](auto x) { return pow(x, x); }, 0.3, 3);
  both([](auto x) { return min(x * x, 20.0) + max(0.25, x); }, 0.3, 3);
  both([](auto x) { return max(x * x, x - 1); }, 0.3, 3);
  both([](auto x) { return sin(2 * x) - cos(x) / 3; }, -3, 3);
  both([](auto x) { return erf(x) + 0.5f; }, -3, 3);
  both([](auto x) { return exp(x) - expm1(-x) + log(x * x) + log1p(x * x); }, 0.3, 3);
  both([](auto x) { return lgamma(x) + sqrt(x) * tanh(x); }, 0.3, 6);
  both(
      [](auto x) {
        auto y = x;
        y += 1;
        y *= x;
        y -= 3 * x;
        y /= 2;
        return -y;
      },
      0.3, 3);
  // ψ(x + 1) = ψ(x) + 1/x, ψ(1) = −γ
  check_unary(
      op_of<1>([](auto x) { return digamma(x + 1) - digamma(x); }), [](double x) { return 1 / x; },
      0.3, 3);
  check_unary(
      op_of<1>([](auto x) { return digamma(1 + 0 * x); }),
      [](double) { return -0.57721566490153286; }, 0.3, 3);
  check_unary(
      op_of<1>([](auto x) { return sigmoid(x) * softplus(x); }),
      [](double x) { return std::log1p(std::exp(x)) / (1 + std::exp(-x)); }, -3, 3);
  const double slope = 0.3;
  check_unary(
      op_of<1>([=](auto x) { return select((x > 0) & !(x >= 100), x, slope * x); }),
      [=](double x) { return x > 0 ? x : slope * x; }, -2, -0.1);
  check_binary(
      op_of<2>([](auto x, auto y) { return x * exp(-y) / (x + 2); }),
      [](double x, double y) { return x * std::exp(-y) / (x + 2); }, -1, 1);
}

TEST_CASE("elementwise ops with a kink", "[ops]") {
  // Either side of the kink, so that the differences do not straddle it.
  for (const auto& [low, high] : {std::pair(0.1, 2.0), std::pair(-2.0, -0.1)}) {
    check_unary(
        ops::relu{}, [](double x) { return x > 0 ? x : 0; }, low, high);
    check_unary(
        ops::leaky_relu{{}, 0.2}, [](double x) { return x > 0 ? x : 0.2 * x; }, low, high);
  }
}

TEST_CASE("elementwise ops of two inputs broadcast events and rows", "[ops]") {
  SECTION("add") {
    check_binary(
        ops::add{}, [](double a, double b) { return a + b; }, -1, 1);
  }
  SECTION("subtract") {
    check_binary(
        ops::subtract{}, [](double a, double b) { return a - b; }, -1, 1);
  }
  SECTION("multiply") {
    check_binary(
        ops::multiply{}, [](double a, double b) { return a * b; }, -1, 1);
  }
  SECTION("divide") {
    check_binary(
        ops::divide{}, [](double a, double b) { return a / b; }, 0.5, 2);
  }
}

TEST_CASE("select takes one of two and passes the adjoint to it alone", "[ops]") {
  for (const int n : {1, 5, 16, 21}) {
    check_derivative(ops::select{}, {{shape_of(n)}, {shape_of(n)}, {shape_of(n), 2}});
    check_derivative(ops::select{}, {{shape_of(n)}, {shape_of()}, {shape_of(2, 1)}});
    kernel_check::call_on_buffers<float> b({{shape_of(n)}, {shape_of(n)}, {shape_of(n)}},
                                           shape_of(n), shape_of(n), 9);
    kernel_check::forward(ops::select{}, b.call);
    for (std::size_t j = 0; j < b.out.size(); ++j)
      REQUIRE(b.out[j] == (b.value[0][j] > 0 ? b.value[1][j] : b.value[2][j]));
  }
}

TEST_CASE("far from zero the derivatives stay finite", "[ops]") {
  for (const double x : {-90.0, -30.0, 30.0, 80.0}) {
    const std::vector<input> in{{shape_of(5), 3, x, x}};
    const auto finite = [&](const auto& op) {
      kernel_check::call_on_buffers<float> b(in, shape_of(5), shape_of(5), 2);
      kernel_check::forward(op, b.call);
      kernel_check::pull_back(op, b.call);
      for (const float v : b.out) REQUIRE(std::isfinite(v));
      for (const float d : b.adjoint[0]) REQUIRE(std::isfinite(d));
    };
    finite(ops::sigmoid{});
    finite(ops::softplus{});
    finite(ops::tanh{});
  }
}

TEST_CASE("events that cannot be broadcast are invalid", "[ops]") {
  CHECK_FALSE(kernel_check::event_of<ops::add>({{shape_of(3)}, {shape_of(4)}}).valid);
  CHECK_FALSE(kernel_check::event_of<ops::add>({{shape_of(3, 2)}, {shape_of(3)}}).valid);
  CHECK(kernel_check::event_of<ops::add>({{shape_of(3, 1)}, {shape_of(4)}}) == shape_of(3, 4));
}
