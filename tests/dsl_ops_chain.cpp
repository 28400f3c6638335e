#include <cmath>
#include <vector>

#include "kernel_check.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/ops/list.hpp>

using namespace variad;
using namespace variad::internals;
using kernel_check::call_on_buffers;
using kernel_check::input;

namespace {

/// tanh(a·b + c)·a − softplus(a·b + c): one input is used twice, one result three times.
using long_chain = chain<3, chain_member<ops::multiply, 0, 1>, chain_member<ops::add, 3, 2>,
                         chain_member<ops::tanh, 4>, chain_member<ops::multiply, 5, 0>,
                         chain_member<ops::softplus, 4>, chain_member<ops::subtract, 6, 7>>;

double oracle(double a, double b, double c) {
  const double t = a * b + c;
  return std::tanh(t) * a - std::log1p(std::exp(t));
}

}  // namespace

namespace chain_test {

/// Σ (a·b)², a chain that ends in a sum over the event.
struct sum_of_squares : ops::summed<1> {
  static constexpr std::string_view name = "sum_of_squares";
  template <class V>
  V forward(const std::array<V, 1>& x) const {
    return x[0] * x[0];
  }
};
}  // namespace chain_test

namespace {

using summing_chain =
    chain<2, chain_member<ops::multiply, 0, 1>, chain_member<chain_test::sum_of_squares, 2>>;

template <class T>
void set_members(kernel_call<T>& call) {
  static const ops::multiply multiply{};
  static const ops::add add{};
  static const ops::tanh tanh{};
  static const ops::softplus softplus{};
  static const ops::subtract subtract{};
  call.members[0] = &multiply;
  call.members[1] = &add;
  call.members[2] = &tanh;
  call.members[3] = &multiply;
  call.members[4] = &softplus;
  call.members[5] = &subtract;
}

template <class T>
Approx near(double x) {
  const double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-12;
  return Approx(x).epsilon(tolerance).margin(tolerance);
}

/// Runs the chain on inputs [n] of all rows, and [n] and [] of rows over some axes, and checks it.
template <lane_steps Steps, class T>
void check_long_chain(int n, unsigned axes) {
  const std::vector<input> in{{shape_of(n)}, {shape_of(n), axes}, {shape_of(), axes}};
  call_on_buffers<T> b(in, shape_of(n), shape_of(n), static_cast<unsigned>(n));
  set_members(b.call);
  b.out.push_back(T(42));  // what lies behind the output stays
  b.call.output.value = b.out.data();
  long_chain::forward<Steps>(b.call);
  REQUIRE(b.out.back() == T(42));
  long_chain::pull_back<7, Steps>(b.call);

  std::vector<std::vector<double>> want;
  for (const auto& a : b.adjoint) want.emplace_back(a.size(), 0.0);
  std::size_t e = 0;
  for (std::size_t r = 0; r < kernel_check::first_extent; ++r)
    for (std::size_t s = 0; s < kernel_check::second_extent; ++s)
      for (std::size_t j = 0; j < static_cast<std::size_t>(n); ++j, ++e) {
        const std::size_t at[]{b.at(0, r, s) + j, b.at(1, r, s) + j, b.at(2, r, s)};
        const double x = static_cast<double>(b.value[0][at[0]]),
                     y = static_cast<double>(b.value[1][at[1]]),
                     z = static_cast<double>(b.value[2][at[2]]);
        REQUIRE(static_cast<double>(b.out[e]) == near<T>(oracle(x, y, z)));
        const double t = x * y + z, th = std::tanh(t);
        const double dt = (1 - th * th) * x - 1 / (1 + std::exp(-t));
        const double seed = static_cast<double>(b.out_adjoint[e]);
        want[0][at[0]] += seed * (dt * y + th);
        want[1][at[1]] += seed * dt * x;
        want[2][at[2]] += seed * dt;
      }
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < want[i].size(); ++j) {
      CAPTURE(n, axes, i, j);
      REQUIRE(static_cast<double>(b.adjoint[i][j]) == near<T>(want[i][j]));
    }
}

/// The same by the loops that the compiler knows.
template <class T, int N, unsigned Axes>
void check_known_steps() {
  constexpr auto known = [](unsigned a) {
    return (a & 1u ? axis_bit(std::size_t{0}) : 0u) | (a & 2u ? axis_bit(std::size_t{2}) : 0u);
  };
  constexpr std::array<loop_operand, 4> of{{{known(3), shape_of(N)},
                                            {known(Axes), shape_of(N)},
                                            {known(Axes), shape_of()},
                                            {known(3), shape_of(N)}}};
  constexpr lane_steps steps = steps_of(order_loops<T>(of, 4, shape_of(N), 0), of, 4);
  static_assert(steps[0] != lane_step::any && (N > 1 || steps[0] == lane_step::one));
  check_long_chain<steps, T>(N, Axes);
}

}  // namespace

TEMPLATE_TEST_CASE("a fused chain against the scalar expression", "[ops][chain]", float, double) {
  for (int n = 1; n <= 40; ++n)
    for (const unsigned axes : {0u, 2u, 3u}) check_long_chain<lane_steps{}, TestType>(n, axes);
}

TEMPLATE_TEST_CASE("a fused chain whose loops are known at compile time", "[ops][chain]", float,
                   double) {
  check_known_steps<TestType, 1, 0>();
  check_known_steps<TestType, 1, 2>();
  check_known_steps<TestType, 3, 0>();
  check_known_steps<TestType, 3, 2>();
  check_known_steps<TestType, 3, 3>();
  check_known_steps<TestType, 40, 2>();
}

TEMPLATE_TEST_CASE("a chain leaves unwanted adjoints alone", "[ops][chain]", float, double) {
  using T = TestType;
  for (const int n : {1, 5, 16, 23}) {
    const std::vector<input> in{{shape_of(n)}, {shape_of(n), 2}, {shape_of(), 2}};
    call_on_buffers<T> all(in, shape_of(n), shape_of(n), 3), some(in, shape_of(n), shape_of(n), 3);
    set_members(all.call);
    set_members(some.call);
    some.call.inputs[0].adjoint = some.call.inputs[2].adjoint = nullptr;
    long_chain::forward(all.call);
    long_chain::forward(some.call);
    long_chain::pull_back<7>(all.call);
    long_chain::pull_back<2>(some.call);
    for (std::size_t j = 0; j < all.adjoint[1].size(); ++j)
      REQUIRE(some.adjoint[1][j] == all.adjoint[1][j]);
  }
}

TEMPLATE_TEST_CASE("a chain whose last derivative is that of its result", "[ops][chain]", float,
                   double) {
  using T = TestType;
  static const ops::multiply multiply{};
  static const ops::tanh tanh{};
  using curve = chain<2, chain_member<ops::multiply, 0, 1>, chain_member<ops::tanh, 2>>;
  for (const shape& event : {shape_of(), shape_of(1), shape_of(5), shape_of(16), shape_of(23)}) {
    call_on_buffers<T> b({{event}, {shape_of(), 2}}, event, event, 5);
    b.call.members[0] = &multiply;
    b.call.members[1] = &tanh;
    curve::forward(b.call);
    curve::pull_back<3>(b.call);
    const auto n = static_cast<std::size_t>(event.size());
    std::vector<double> want_left(b.adjoint[0].size(), 0.0), want_right(b.adjoint[1].size(), 0.0);
    std::size_t e = 0;
    for (std::size_t r = 0; r < kernel_check::first_extent; ++r)
      for (std::size_t s = 0; s < kernel_check::second_extent; ++s)
        for (std::size_t j = 0; j < n; ++j, ++e) {
          const std::size_t left = b.at(0, r, s) + j, right = b.at(1, r, s);
          const double x = static_cast<double>(b.value[0][left]),
                       y = static_cast<double>(b.value[1][right]), th = std::tanh(x * y);
          const double d = static_cast<double>(b.out_adjoint[e]) * (1 - th * th);
          want_left[left] += d * y;
          want_right[right] += d * x;
        }
    for (std::size_t j = 0; j < want_left.size(); ++j)
      REQUIRE(static_cast<double>(b.adjoint[0][j]) == near<T>(want_left[j]));
    for (std::size_t j = 0; j < want_right.size(); ++j)
      REQUIRE(static_cast<double>(b.adjoint[1][j]) == near<T>(want_right[j]));
  }
}

TEMPLATE_TEST_CASE("a chain that sums its event", "[ops][chain]", float, double) {
  using T = TestType;
  static const ops::multiply multiply{};
  static const chain_test::sum_of_squares square{};
  for (const shape& domain : {shape_of(), shape_of(1), shape_of(3), shape_of(16), shape_of(21),
                              shape_of(3, 7), shape_of(4, 1), shape_of(5, 16)})
    for (const bool scalar : {false, true}) {
      call_on_buffers<T> b({{domain}, {scalar ? shape_of() : domain, 2}}, shape_of(), domain, 4);
      b.call.members[0] = &multiply;
      b.call.members[1] = &square;
      summing_chain::forward(b.call);
      summing_chain::pull_back<3>(b.call);
      const auto n = static_cast<std::size_t>(domain.size());
      std::vector<double> want_left(b.adjoint[0].size(), 0.0), want_right(b.adjoint[1].size(), 0.0);
      for (std::size_t r = 0; r < kernel_check::first_extent; ++r)
        for (std::size_t s = 0; s < kernel_check::second_extent; ++s) {
          double sum = 0;
          const std::size_t row = r * kernel_check::second_extent + s;
          const double seed = static_cast<double>(b.out_adjoint[row]);
          for (std::size_t j = 0; j < n; ++j) {
            const std::size_t left = b.at(0, r, s) + j, right = b.at(1, r, s) + (scalar ? 0 : j);
            const double x = static_cast<double>(b.value[0][left]),
                         y = static_cast<double>(b.value[1][right]);
            sum += x * y * x * y;
            want_left[left] += seed * 2 * x * y * y;
            want_right[right] += seed * 2 * x * y * x;
          }
          REQUIRE(static_cast<double>(b.out[row]) == near<T>(sum));
        }
      for (std::size_t j = 0; j < want_left.size(); ++j)
        REQUIRE(static_cast<double>(b.adjoint[0][j]) == near<T>(want_left[j]));
      for (std::size_t j = 0; j < want_right.size(); ++j)
        REQUIRE(static_cast<double>(b.adjoint[1][j]) == near<T>(want_right[j]));
    }
}
