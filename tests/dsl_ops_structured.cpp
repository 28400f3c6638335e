#include <cmath>
#include <random>
#include <vector>

#include "kernel_check.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/ops/list.hpp>
#include <variad/dsl/ops/part.hpp>
#include <variad/runtime/linalg/sparse_rows.hpp>

using namespace variad;
using kernel_check::check_derivative;
using kernel_check::check_float;
using kernel_check::event_of;
using kernel_check::input;

namespace {

/// Derivative, and float against double.
template <class Op>
void check(const Op& op, const std::vector<input>& in) {
  check_derivative(op, in);
  check_float(op, in, event_of<Op>(in));
}

/// A reduction over the middle axis of [2, 5, 3] against the loop that it stands for.
template <class Op, class F>
void check_middle_axis(const Op& op, F&& oracle) {
  const std::vector<input> in{{shape_of(2, 5, 3)}};
  REQUIRE(event_of<Op>(in) == shape_of(2, 3));
  kernel_check::call_on_buffers<double> b(in, shape_of(2, 3), shape_of(2, 3), 4);
  kernel_check::forward(op, b.call);
  for (std::size_t r = 0; r < b.call.rows; ++r)
    for (std::size_t o = 0; o < 2; ++o)
      for (std::size_t i = 0; i < 3; ++i) {
        std::vector<double> group;
        for (std::size_t j = 0; j < 5; ++j)
          group.push_back(b.value[0][r * 30 + o * 15 + j * 3 + i]);
        REQUIRE(b.out[r * 6 + o * 3 + i] == Approx(oracle(group)).epsilon(1e-13));
      }
}

double total(const std::vector<double>& x) {
  double s = 0;
  for (const double v : x) s += v;
  return s;
}

}  // namespace

TEST_CASE("sum, mean and logsumexp over all of an event and over one axis", "[ops]") {
  for (const shape& s :
       {shape_of(), shape_of(1), shape_of(7), shape_of(3, 17), shape_of(2, 5, 3)}) {
    check(ops::sum<ops::all_axes>{}, {{s}});
    check(ops::mean<ops::all_axes>{}, {{s}});
    check(ops::logsumexp<ops::all_axes>{}, {{s}});
  }
  const std::vector<input> in{{shape_of(2, 5, 3)}};
  check(ops::sum<0>{}, in);
  check(ops::sum<1>{}, in);
  check(ops::sum<-1>{}, in);
  check(ops::mean<0>{}, in);
  check(ops::mean<-2>{}, in);
  check(ops::mean<2>{}, in);
  check(ops::logsumexp<0>{}, in);
  check(ops::logsumexp<1>{}, in);
  check(ops::logsumexp<-1>{}, in);
  check_middle_axis(ops::sum<1>{}, total);
  check_middle_axis(ops::mean<-2>{}, [](const auto& x) { return total(x) / 5; });
  check_middle_axis(ops::logsumexp<1>{}, [](const auto& x) {
    double s = 0;
    for (const double v : x) s += std::exp(v);
    return std::log(s);
  });
  CHECK_FALSE(event_of<ops::sum<2>>({{shape_of(3, 4)}}).valid);
  CHECK_FALSE(event_of<ops::sum<-3>>({{shape_of(3, 4)}}).valid);
}

TEST_CASE("logsumexp neither overflows nor underflows", "[ops]") {
  for (const double x : {-500.0, 500.0}) {
    kernel_check::call_on_buffers<float> b({{shape_of(4), 3, x, x}}, shape_of(), shape_of(), 1);
    kernel_check::forward(ops::logsumexp<ops::all_axes>{}, b.call);
    for (const float v : b.out)
      REQUIRE(static_cast<double>(v) == Approx(x + std::log(4.0)).epsilon(1e-6));
  }
}

TEST_CASE("softmax and log_softmax over the last axis", "[ops]") {
  for (const int k : {1, 2, 5, 16, 19})
    for (const shape& s : {shape_of(k), shape_of(3, k)}) {
      check(ops::softmax{}, {{s}});
      check(ops::log_softmax{}, {{s}});
      kernel_check::call_on_buffers<double> p({{s}}, s, s, 6), l({{s}}, s, s, 6);
      kernel_check::forward(ops::softmax{}, p.call);
      kernel_check::forward(ops::log_softmax{}, l.call);
      for (std::size_t i = 0; i < p.out.size(); i += static_cast<std::size_t>(k)) {
        double sum = 0;
        for (std::size_t j = i; j < i + static_cast<std::size_t>(k); ++j) {
          sum += p.out[j];
          REQUIRE(std::log(p.out[j]) == Approx(l.out[j]).epsilon(1e-12).margin(1e-13));
        }
        REQUIRE(sum == Approx(1).epsilon(1e-13));
      }
    }
}

TEST_CASE("matmul of every pair of ranks, with shared and with own operands", "[ops]") {
  const std::vector<std::pair<shape, shape>> pairs{{shape_of(3, 4), shape_of(4, 5)},
                                                   {shape_of(4), shape_of(4, 5)},
                                                   {shape_of(3, 4), shape_of(4)},
                                                   {shape_of(4), shape_of(4)},
                                                   {shape_of(1, 7), shape_of(7, 1)}};
  for (const auto& [a, b] : pairs)
    for (const unsigned left : {0u, 1u, 2u, 3u})
      for (const unsigned right : {0u, 1u, 2u, 3u}) {
        const std::vector<input> in{{a, left}, {b, right}};
        check(ops::matmul{}, in);
        const shape event = event_of<ops::matmul>(in);
        const int m = a.rank == 2 ? a[0] : 1, k = a[-1], n = b.rank == 2 ? b[1] : 1;
        REQUIRE(event.rank == a.rank + b.rank - 2);
        REQUIRE(event.size() == m * n);
        kernel_check::call_on_buffers<double> c(in, event, event, 8);
        kernel_check::forward(ops::matmul{}, c.call);
        std::size_t out = 0;
        for (std::size_t r = 0; r < kernel_check::first_extent; ++r)
          for (std::size_t s = 0; s < kernel_check::second_extent; ++s)
            for (int i = 0; i < m; ++i)
              for (int j = 0; j < n; ++j) {
                double want = 0;
                for (int l = 0; l < k; ++l)
                  want += c.value[0][c.at(0, r, s) + static_cast<std::size_t>(i * k + l)] *
                          c.value[1][c.at(1, r, s) + static_cast<std::size_t>(l * n + j)];
                REQUIRE(c.out[out++] == Approx(want).epsilon(1e-12).margin(1e-13));
              }
      }
  CHECK_FALSE(event_of<ops::matmul>({{shape_of(3, 4)}, {shape_of(3)}}).valid);
  CHECK_FALSE(event_of<ops::matmul>({{shape_of()}, {shape_of(3)}}).valid);
}

TEST_CASE("concat, slice, reshape and the parts of a joint draw", "[ops]") {
  check(ops::concat{}, {{shape_of(3)}, {shape_of(1), 1}, {shape_of(5), 2}, {shape_of(2), 0}});
  check(ops::concat{}, {{shape_of()}, {shape_of(), 2}});
  check(ops::concat{}, {{shape_of(2)}, {shape_of(), 0}, {shape_of(1)}});
  check(ops::slice<1, 4>{}, {{shape_of(6)}});
  check(ops::slice<0, 2>{}, {{shape_of(3, 5)}});
  check(ops::slice<2, 3>{}, {{shape_of(2, 3, 3)}});
  check(ops::reshape<3, 4>{}, {{shape_of(12)}});
  check(ops::reshape<12>{}, {{shape_of(2, 6)}});
  CHECK_FALSE(event_of<ops::slice<1, 4>>({{shape_of(3)}}).valid);
  CHECK_FALSE(event_of<ops::reshape<5>>({{shape_of(6)}}).valid);
  CHECK_FALSE(event_of<ops::concat>({{shape_of(3)}, {shape_of(2, 2)}}).valid);

  kernel_check::call_on_buffers<float> c({{shape_of(2)}, {shape_of(3), 2}}, shape_of(5),
                                         shape_of(5), 3);
  kernel_check::forward(ops::concat{}, c.call);
  for (std::size_t a = 0; a < 2; ++a)
    for (std::size_t b = 0; b < kernel_check::second_extent; ++b)
      for (std::size_t j = 0; j < 5; ++j)
        REQUIRE(c.out[(a * kernel_check::second_extent + b) * 5 + j] ==
                (j < 2 ? c.value[0][c.at(0, a, b) + j] : c.value[1][c.at(1, a, b) + j - 2]));

  kernel_check::call_on_buffers<float> s({{shape_of(2, 5)}}, shape_of(2, 3), shape_of(2, 3), 3);
  kernel_check::forward(ops::slice<1, 4>{}, s.call);
  for (std::size_t r = 0; r < 2 * s.call.rows; ++r)
    for (std::size_t j = 0; j < 3; ++j) REQUIRE(s.out[r * 3 + j] == s.value[0][r * 5 + 1 + j]);

  kernel_check::call_on_buffers<double> p({{shape_of(7)}}, shape_of(3), shape_of(3), 3);
  kernel_check::forward(ops::part<2>{}, p.call);
  kernel_check::pull_back(ops::part<2>{}, p.call);
  for (std::size_t r = 0; r < p.call.rows; ++r)
    for (std::size_t j = 0; j < 7; ++j) {
      const bool inside = j >= 2 && j < 5;
      if (inside) REQUIRE(p.out[r * 3 + j - 2] == p.value[0][r * 7 + j]);
      REQUIRE(p.adjoint[0][r * 7 + j] == (inside ? p.out_adjoint[r * 3 + j - 2] : 0.0));
    }
}

TEST_CASE("lower_cholesky makes a factor with a positive diagonal", "[ops]") {
  for (const int n : {1, 2, 5}) {
    const shape s = shape_of(n, n);
    check(ops::lower_cholesky{}, {{s}});
    kernel_check::call_on_buffers<double> b({{s}}, s, s, 2);
    kernel_check::forward(ops::lower_cholesky{}, b.call);
    for (std::size_t e = 0; e < b.out.size(); ++e) {
      const auto m = static_cast<std::size_t>(n), i = e / m % m, j = e % m;
      const double x = b.value[0][e];
      REQUIRE(b.out[e] == Approx(j < i ? x : j == i ? std::exp(x) : 0.0).epsilon(1e-13));
    }
  }
  CHECK_FALSE(event_of<ops::lower_cholesky>({{shape_of(2, 3)}}).valid);
}

TEST_CASE("a black box with a derivative", "[ops]") {
  // (Σ a) · b, of a vector and a number.
  const auto value = [](auto a, auto b, auto out) {
    double s = 0;
    for (const auto x : a) s += static_cast<double>(x);
    for (auto& y : out) y = static_cast<std::remove_cvref_t<decltype(y)>>(s * b[0]);
  };
  const auto slope = [](auto a, auto b, auto seed, auto da, auto db) {
    double s = 0, d = 0;
    for (const auto x : a) s += x;
    for (const auto x : seed) d += x;
    for (auto& x : da) x += d * b[0];
    for (auto& x : db) x += d * s;
  };
  using op = ops::function<2, decltype(value), decltype(slope), 3>;
  static_assert(op::traits.differentiable);
  for (const unsigned axes : {0u, 1u, 2u, 3u})
    check_derivative(op{value, slope}, {{shape_of(4)}, {shape_of(), axes}});
  static_assert(!ops::function<2, decltype(value), ops::no_derivative, 3>::traits.differentiable);
}

TEST_CASE("dense and its parameters", "[ops]") {
  using layer = ops::dense<4, true>;
  using kernel_check::call_on_buffers;
  call_on_buffers<double> b({{shape_of(2, 3)}}, shape_of(4), shape_of(4), 7);
  const std::vector<shape> in{shape_of(2, 3)};
  REQUIRE(layer::parameter_shape(0, in) == shape_of(6, 4));
  REQUIRE(layer::parameter_shape(1, in) == shape_of(4));
  std::vector<double> weight(24), bias(4), d_weight(24, 1.0), d_bias(4, 1.0);
  for (std::size_t i = 0; i < 24; ++i) weight[i] = std::sin(static_cast<double>(i));
  for (std::size_t i = 0; i < 4; ++i) bias[i] = std::cos(static_cast<double>(i));
  b.call.parameters[0] = {weight.data(), d_weight.data(), shape_of(6, 4)};
  b.call.parameters[1] = {bias.data(), d_bias.data(), shape_of(4)};
  const layer op{};
  const auto objective = [&] {
    op.forward(b.call);
    double sum = 0;
    for (std::size_t j = 0; j < b.out.size(); ++j) sum += b.out_adjoint[j] * b.out[j];
    return sum;
  };
  op.forward(b.call);
  for (std::size_t r = 0; r < b.call.rows; ++r)
    for (std::size_t j = 0; j < 4; ++j) {
      double want = bias[j];
      for (std::size_t i = 0; i < 6; ++i) want += b.value[0][r * 6 + i] * weight[i * 4 + j];
      REQUIRE(b.out[r * 4 + j] == Approx(want).epsilon(1e-12));
    }
  op.pull_back(b.call);
  REQUIRE(layer::gradient_parts(in) == 1);
  REQUIRE(op.add_gradient(b.call, 0, {d_weight.data(), d_bias.data()}, false));
  const auto hold = [&](std::vector<double>& x, const std::vector<double>& d, double begin) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double at = x[i];
      x[i] = at + 1e-5;
      const double up = objective();
      x[i] = at - 1e-5;
      const double down = objective();
      x[i] = at;
      REQUIRE(d[i] - begin == Approx((up - down) / 2e-5).epsilon(1e-7).margin(1e-8));
    }
  };
  hold(b.value[0], b.adjoint[0], 0);
  hold(weight, d_weight, 1);
  hold(bias, d_bias, 1);
}

TEST_CASE("dense writes the sums that begin with it", "[ops]") {
  // Inputs that are mostly zeros, and others: whatever the sums hold, or added to them. The weights
  // are so many that their gradient comes in parts.
  constexpr std::size_t k = 528, n = 200;
  using layer = ops::dense<n, true>;
  const std::array<shape, 1> in{shape_of(k)};
  REQUIRE(layer::gradient_parts(in) == 3);
  for (const bool sparse : {false, true}) {
    std::vector<double> weight(k * n), bias(n, 0.3);
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = std::sin(static_cast<double>(i));
    std::vector<std::vector<double>> found;
    for (const bool begins : {false, true}) {
      kernel_check::call_on_buffers<double> b({{in[0]}}, shape_of(n), shape_of(n), 7);
      for (std::size_t i = 0; i < b.value[0].size(); ++i)
        if (sparse && i % 16 != 3) b.value[0][i] = 0;
      const double before = begins ? 1e9 : 0;
      std::vector<double> d_weight(k * n, before), d_bias(n, before);
      std::fill(b.adjoint[0].begin(), b.adjoint[0].end(), before);
      b.call.parameters[0] = {weight.data(), nullptr, shape_of(k, n)};
      b.call.parameters[1] = {bias.data(), nullptr, shape_of(n)};
      b.call.begins_adjoints = begins;
      layer{}.forward(b.call);
      for (std::size_t r = 0; r < b.call.rows; ++r)
        for (std::size_t j = 0; j < n; ++j) {
          double want = bias[j];
          for (std::size_t i = 0; i < k; ++i) want += b.value[0][r * k + i] * weight[i * n + j];
          REQUIRE(b.out[r * n + j] == Approx(want).epsilon(1e-12).margin(1e-13));
        }
      layer{}.pull_back(b.call);
      for (std::size_t part = 0; part < 3; ++part)
        REQUIRE(layer{}.add_gradient(b.call, part,
                                     {d_weight.data() + layer::gradient_part(part, 0, in).first,
                                      d_bias.data() + layer::gradient_part(part, 1, in).first},
                                     begins));
      found.insert(found.end(), {d_weight, d_bias, {b.adjoint[0].begin(), b.adjoint[0].end()}});
      for (std::size_t i = 0; i < k; ++i)
        for (std::size_t j = 0; j < n; ++j) {
          double want = 0;
          for (std::size_t r = 0; r < b.call.rows; ++r)
            want += b.value[0][r * k + i] * b.out_adjoint[r * n + j];
          REQUIRE(d_weight[i * n + j] == Approx(want).epsilon(1e-12).margin(1e-14));
        }
    }
    for (std::size_t s = 0; s < 3; ++s)
      for (std::size_t i = 0; i < found[s].size(); ++i)
        REQUIRE(found[s][i] == Approx(found[s + 3][i]).epsilon(1e-12).margin(1e-14));
  }
}

TEST_CASE("dense adds what it would write, rounded once, or leaves it to the engine", "[ops]") {
  constexpr std::size_t k = 40, n = 300;
  using layer = ops::dense<n, true>;
  std::mt19937 engine(3);
  const auto numbers = [&](std::size_t count, unsigned one_in) {
    std::vector<float> v(count);
    for (float& x : v)
      x = engine() % one_in == 0 ? std::uniform_real_distribution<float>(-1, 1)(engine) : 0.0f;
    return v;
  };
  for (const bool sparse : {false, true})
    for (const std::size_t rows : {1u, 50u, 100u, 101u, 256u, 257u}) {
      CAPTURE(sparse, rows);
      auto x = numbers(rows * k, sparse ? 16 : 1), dy = numbers(rows * n, 1);
      kernel_call<float> call;
      call.rows = rows;
      call.inputs[0].value = x.data();
      call.inputs[0].event = shape_of(k);
      call.inputs[0].size = k;
      call.output.adjoint = dy.data();
      const auto before = numbers(k * n + n, 1);
      auto sum = before, written = before;
      const auto add = [&](std::vector<float>& to, bool begins) {
        return layer::add_gradient(call, 0, {to.data(), to.data() + k * n}, begins);
      };
      REQUIRE(layer::gradient_parts(std::span(&call.inputs[0].event, 1)) == 1);
      const bool adds = rows <= (sparse ? internals::sparse_summands : internals::gemm_summands);
      CHECK(add(sum, false) == adds);
      CHECK(add(written, true));
      for (std::size_t i = 0; i < sum.size(); ++i)
        REQUIRE(sum[i] == (adds ? before[i] + written[i] : before[i]));
    }
}

TEST_CASE("a parameter per row is found by the number of the data row", "[ops]") {
  kernel_check::call_on_buffers<float> b({}, shape_of(2), shape_of(2), 7);
  b.call.extent.fill(1);
  b.call.extent[2] = 3;
  b.call.rows = 3;
  const std::vector<std::uint32_t> ids{4, 1, 2};
  b.call.row_ids = ids.data();
  b.call.plate_axis = 2;
  std::vector<float> table(10), gradient(10, 0.0f);
  for (std::size_t i = 0; i < 10; ++i) table[i] = static_cast<float>(i);
  b.call.parameters[0] = {table.data(), gradient.data(), shape_of(2)};
  const ops::param<true, 2> rows{};
  rows.forward(b.call);
  rows.pull_back(b.call);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t j = 0; j < 2; ++j) {
      REQUIRE(b.out[r * 2 + j] == table[ids[r] * 2 + j]);
      REQUIRE(gradient[ids[r] * 2 + j] == b.out_adjoint[r * 2 + j]);
    }
  for (const std::size_t untouched : {0u, 3u}) REQUIRE(gradient[untouched * 2] == 0.0f);

  std::fill(gradient.begin(), gradient.end(), 0.0f);
  const ops::param<false, 2> one{};
  one.forward(b.call);
  one.pull_back(b.call);
  for (std::size_t j = 0; j < 2; ++j) {
    REQUIRE(b.out[4 + j] == table[j]);
    REQUIRE(static_cast<double>(gradient[j]) ==
            Approx(static_cast<double>(b.out_adjoint[j] + b.out_adjoint[2 + j] +
                                       b.out_adjoint[4 + j])));
  }
}
