#include <cmath>
#include <functional>

#include <catch2/catch.hpp>

#include <variad/runtime/math/dual.hpp>

// Dual numbers against central differences, as scalars and as SIMD registers.

using namespace variad;
using namespace variad::internals;

namespace {

/// The tangent of f(x + ε) beside (f(x + h) − f(x − h)) / 2h.
template <class F>
void check(F f, double at) {
  const double h = 1e-6;
  const double slope = (f(at + h) - f(at - h)) / (2 * h);
  const dual<double> y = f(dual<double>(at, 1.0));
  CHECK(y.value == Approx(f(at)).epsilon(1e-14));
  CHECK(y.tangent[0] == Approx(slope).epsilon(1e-7).margin(1e-8));

  using lane = batch<double>;
  const dual<lane> z = f(dual<lane>(lane(at), lane(2.0)));
  alignas(64) double value[lanes<double>], tangent[lanes<double>];
  store(value, z.value);
  store(tangent, z.tangent[0]);
  for (std::size_t i = 0; i < lanes<double>; ++i) {
    CHECK(value[i] == Approx(y.value).epsilon(1e-13));
    CHECK(tangent[i] == Approx(2 * y.tangent[0]).epsilon(1e-12).margin(1e-14));
  }
}

}  // namespace

TEST_CASE("elementary functions of dual numbers") {
  for (const double at : {-1.7, -0.3, 0.4, 2.1}) {
    check([](const auto& x) { return math::exp(x); }, at);
    check([](const auto& x) { return math::expm1(x); }, at);
    check([](const auto& x) { return math::tanh(x); }, at);
    check([](const auto& x) { return math::sigmoid(x); }, at);
    check([](const auto& x) { return math::softplus(x); }, at);
    check([](const auto& x) { return math::abs(x); }, at);
    check([](const auto& x) { return math::log(x * x); }, at);
    check([](const auto& x) { return math::log1p(x * x); }, at);
    check([](const auto& x) { return math::sqrt(x * x + x * x); }, at);
    check([](const auto& x) { return math::sin(x); }, at);
    check([](const auto& x) { return math::cos(x); }, at);
    check([](const auto& x) { return math::erf(x); }, at);
    check([](const auto& x) { return math::lgamma(x * x); }, at);
    check([](const auto& x) { return math::digamma(x * x); }, at);
    check([](const auto& x) { return math::trigamma(x * x); }, at);
    check([](const auto& x) { return math::pow(x * x, x); }, at);
    check([](const auto& x) { return math::integer_power(x, 3); }, at);
    check([](const auto& x) { return math::integer_power(x, -2); }, at);
    check([](const auto& x) { return math::softplus_tail(x); }, at);
  }
}

TEST_CASE("arithmetic of dual numbers") {
  for (const double at : {-1.7, -0.3, 0.4, 2.1}) {
    check([](const auto& x) { return (x * x - x) / (x * x + x * x * x * x) + (-x); }, at);
    check(
        [](const auto& x) {
          using V = std::remove_cvref_t<decltype(x)>;
          V sum = math::max(x, V(0)) * V(3);
          sum += math::min(x, V(1));
          return V(sum + math::select(x > V(0), x * x, V(0.5) * x));
        },
        at);
  }
}

TEST_CASE("derivatives at ties") {
  using number = dual<double>;
  const number zero(0.0, 1.0), none(0.0);
  CHECK(math::abs(zero).tangent[0] == 0.0);
  CHECK(math::abs(-zero).tangent[0] == 0.0);
  // As relu has it.
  CHECK(math::max(zero, none).tangent[0] == 0.0);
  CHECK(math::min(zero, none).tangent[0] == 0.0);
  using lane = batch<double>;
  CHECK(reduce_add(math::abs(dual<lane>(lane(0.0), lane(1.0))).tangent[0]) == 0.0);
}

// d/dx x^y = y x^(y − 1), which of a negative x is there for integers y alone; nothing moves it in
// y.
TEST_CASE("powers of numbers below and at 0") {
  struct power {
    double x, y, value, in_x;
  };
  for (const power p : {power{-2, 2, 4, -4}, power{-2, 3, -8, 12}, power{-0.5, 3, -0.125, 0.75},
                        power{-2, -1, -0.5, -0.25}, power{0, 2, 0, 0}, power{0, 1, 0, 1},
                        power{0, 0, 1, 0}, power{-3, 0, 1, 0}}) {
    const auto one = [](std::size_t) { return 1.0; };
    const dual<double, 2> x(p.x, 0b01, one), y(p.y, 0b10, one);
    const dual<double, 2> z = math::pow(x, y);
    CHECK(z.value == Approx(p.value));
    CHECK(z.tangent[0] == Approx(p.in_x));
    CHECK(z.tangent[1] == 0.0);
    using lane = batch<double>;
    const auto ones = [](std::size_t) { return lane(1.0); };
    const dual<lane, 2> xs(lane(p.x), 0b01, ones), ys(lane(p.y), 0b10, ones);
    const dual<lane, 2> zs = math::pow(xs, ys);
    alignas(64) double in_x[lanes<double>], in_y[lanes<double>];
    store(in_x, zs.tangent[0]);
    store(in_y, zs.tangent[1]);
    CHECK(in_x[0] == Approx(p.in_x));
    CHECK(in_y[0] == 0.0);
  }
}
