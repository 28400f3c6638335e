#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "family_laws.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/families/flat.hpp>
#include <variad/dsl/families/gamma.hpp>
#include <variad/dsl/families/laplace.hpp>
#include <variad/dsl/families/log_normal.hpp>
#include <variad/dsl/families/normal.hpp>

using namespace variad;
using kernel_check::check_derivative;
using kernel_check::check_float;
using kernel_check::input;

namespace {

/// A location and a positive scale.
const family_laws::ranges location_and_scale{{-1.0, 1.0}, {0.5, 1.5}};

template <class Family>
constexpr bool is_positive = Family::traits.values == support::positive;

/// ∫ f(x, log-density of x) · density over the support, by the trapezoidal rule on a grid that
/// reaches 40 scales each way, in log x where the support is positive. The kink of a Laplace
/// density lies on the grid; error below 1e-6 of f.
template <class Family, class F>
double expectation(double location, double scale, F&& f) {
  constexpr int half = 20000;
  const double step = 40 * scale / half;
  double total = 0;
  for (int i = -half; i <= half; ++i) {
    const double t = location + i * step, x = is_positive<Family> ? std::exp(t) : t;
    const double l =
        family_laws::log_prob_of<Family, double>({x}, {{location}, {scale}}, shape_of());
    total += std::exp(l) * f(x, l) * (is_positive<Family> ? x : 1.0) * step;
  }
  return total;
}

/// sup |F_n − F| of n draws, where F integrates the density.
template <class Family, class T>
double kolmogorov_smirnov(double location, double scale, std::size_t n) {
  const std::vector<std::vector<T>> p{std::vector<T>(n, static_cast<T>(location)),
                                      std::vector<T>(n, static_cast<T>(scale))};
  std::vector<T> drawn(n);
  Family::sample(make_stream(3, 0, hash_name(Family::name)), family_laws::rows_of(p), drawn.data(),
                 n);
  std::sort(drawn.begin(), drawn.end());
  const auto density = [&](double t) {
    const double x = is_positive<Family> ? std::exp(t) : t;
    return std::exp(
               family_laws::log_prob_of<Family, double>({x}, {{location}, {scale}}, shape_of())) *
           (is_positive<Family> ? x : 1.0);
  };
  const double step = 1e-3 * scale;
  double at = location - 30 * scale, mass = 0, before = density(at), worst = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(drawn[i]), t = is_positive<Family> ? std::log(x) : x;
    while (at < t) {
      const double to = std::min(at + step, t), after = density(to);
      mass += (before + after) / 2 * (to - at);
      at = to;
      before = after;
    }
    const double low = static_cast<double>(i) / static_cast<double>(n);
    worst = std::max({worst, mass - low, low + 1 / static_cast<double>(n) - mass});
  }
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("continuous families: density and draws", "[families]", families::normal,
                   families::log_normal, families::laplace) {
  using F = TestType;
  static_assert(family<F> && reparameterizable_family<F> && family_with_entropy<F> &&
                samplable_family<F> && !discrete_family<F>);
  const double location = 0.3, width = 0.7;
  CHECK(expectation<F>(location, width, [](double, double) { return 1.0; }) ==
        Approx(1).epsilon(2e-6));

  const double m[]{location}, s[]{width};
  double expected = 0;
  F::mean(parameter_rows<double>{m, s, nullptr}, &expected, 1);
  CHECK(expectation<F>(location, width, [](double x, double) { return x; }) ==
        Approx(expected).epsilon(2e-6));

  // P(√n · D > 2.7) = 2 exp(−2 · 2.7²) = 1e-6 for draws from the density.
  constexpr std::size_t n = 20011;
  const double bound = 2.7 / std::sqrt(static_cast<double>(n));
  CHECK(kolmogorov_smirnov<F, float>(location, width, n) < bound);
  CHECK(kolmogorov_smirnov<F, double>(location, width, n) < bound);
}

TEMPLATE_TEST_CASE("continuous families: derivatives", "[families]", families::normal,
                   families::log_normal, families::laplace) {
  using F = TestType;
  const double low = is_positive<F> ? 0.3 : -2.0;
  const auto value = [&](shape s) { return input{s, 3, low, 2.0}; };
  const auto location = [](shape s, unsigned axes) { return input{s, axes, -1.0, 1.0}; };
  const auto width = [](shape s, unsigned axes) { return input{s, axes, 0.5, 1.5}; };
  for (const shape& s : {shape_of(), shape_of(5), shape_of(16), shape_of(3, 7)})
    for (const unsigned axes : {0u, 2u, 3u}) {
      check_derivative(typename F::log_prob{}, {value(s), location(s, axes), width(s, axes)}, s);
      check_derivative(typename F::log_prob{}, {value(s), location(shape_of(), 0), width(s, axes)},
                       s);
      check_derivative(typename F::log_prob{}, {value(s), location(s, 3), width(shape_of(), axes)},
                       s);
      check_float(typename F::log_prob{}, {value(s), location(s, axes), width(s, axes)}, s);

      check_derivative(typename F::entropy{}, {location(s, 3), width(s, 3)}, s);
      check_derivative(typename F::entropy{}, {location(s, 3), width(shape_of(), axes)}, s);
      check_float(typename F::entropy{}, {location(s, 3), width(s, 3)}, s);

      using kl = kl_divergence<F, F>;
      check_derivative(kl{}, {location(s, 3), width(s, 3), location(s, axes), width(s, axes)}, s);
      check_derivative(
          kl{}, {location(s, 3), width(s, 3), location(shape_of(), 0), width(shape_of(), 0)}, s);
      check_float(kl{}, {location(s, 3), width(s, 3), location(s, axes), width(s, axes)}, s);
    }
  for (const int n : {1, 4, 19}) {
    family_laws::check_score<F>(location_and_scale, shape_of(n), 11);
    family_laws::check_transform<F>(location_and_scale, shape_of(n), 12);
    family_laws::check_draw_is_transformed_noise<F, float>(location_and_scale, shape_of(n));
    family_laws::check_draw_is_transformed_noise<F, double>(location_and_scale, shape_of(n));
  }
}

TEMPLATE_TEST_CASE("continuous families: entropy and divergence by quadrature", "[families]",
                   families::normal, families::log_normal, families::laplace) {
  using F = TestType;
  const auto number = [](const auto& op, const std::vector<double>& x) {
    std::vector<std::vector<double>> operands;
    for (const double v : x) operands.push_back({v});
    return family_laws::number_of(op, operands, std::vector<shape>(x.size(), shape_of()),
                                  shape_of());
  };
  for (const auto& [m, s] : {std::pair(0.4, 0.6), std::pair(-0.7, 1.2)}) {
    CHECK(number(typename F::entropy{}, {m, s}) ==
          Approx(expectation<F>(m, s, [](double, double l) { return -l; })).epsilon(2e-6));
    for (const auto& [m2, s2] : {std::pair(0.1, 1.1), std::pair(-0.5, 0.8), std::pair(m, s)}) {
      const double want = expectation<F>(m, s, [&](double x, double l) {
        return l - family_laws::log_prob_of<F, double>({x}, {{m2}, {s2}}, shape_of());
      });
      CHECK(number(kl_divergence<F, F>{}, {m, s, m2, s2}) ==
            Approx(want).epsilon(2e-6).margin(1e-6));
    }
  }
}

TEST_CASE("the flat prior has a constant density and no sampler", "[families]") {
  static_assert(family<families::flat> && !samplable_family<families::flat>);
  static_assert(!family_with_entropy<families::flat> && !reparameterizable_family<families::flat>);
  check_derivative(families::flat::log_prob{}, {{shape_of(5)}}, shape_of(5));
  CHECK(family_laws::log_prob_of<families::flat, double>({1, 2, 3}, {}, shape_of(3)) == 0.0);
}

TEST_CASE("laplace: at its centre the derivative is 0", "[families]") {
  using F = families::laplace;
  std::vector<double> x{0.4, 1.0, -2.0}, center{0.4, 0.5, -2.0}, spread{0.5, 2.0, 3.0};
  std::vector<double> to_loc(3, 0.0), to_scale(3, 0.0);
  F::score(x.data(), parameter_rows<double>{center.data(), spread.data()}, 1.0,
           adjoint_rows<double>{to_loc.data(), to_scale.data()}, 3);
  CHECK(to_loc == std::vector<double>{0.0, 0.5, 0.0});
  for (const std::size_t i : {0u, 2u}) CHECK(to_scale[i] == -1 / spread[i]);
  const auto d = ops::partials(kl_divergence<F, F>{}, std::array{0.4, 0.5, 0.4, 2.0}, 0.0);
  CHECK(d[0] == 0.0);
  CHECK(d[2] == 0.0);
}

namespace {

/// The gamma log-density, by the standard library.
double log_gamma_density(double x, double a, double b) {
  return a * std::log(b) + (a - 1) * std::log(x) - b * x - std::lgamma(a);
}
/// ∫ f(x) dx under the gamma density from 0 to `end`, by the trapezoidal rule in log x.
template <class F>
double gamma_expectation(double a, double b, F&& f, double end = 1e4) {
  const double low = -60 / std::min(a, 1.0), high = std::log(end);
  constexpr int points = 40000;
  const double step = (high - low) / points;
  double total = 0;
  for (int i = 0; i <= points; ++i) {
    const double x = std::exp(low + i * step);
    total += (i == points ? 0.5 : 1.0) * std::exp(log_gamma_density(x, a, b)) * x * f(x) * step;
  }
  return total;
}

}  // namespace

TEMPLATE_TEST_CASE("gamma: density, draws and mean", "[families]", float, double) {
  using T = TestType;
  using F = families::gamma;
  static_assert(family<F> && samplable_family<F> && family_with_entropy<F> && closed_kl<F, F>);
  static_assert(!reparameterizable_family<F>);
  constexpr std::size_t n = 20011;
  for (const auto& [a, b] :
       {std::pair(0.3, 1.0), std::pair(1.0, 0.5), std::pair(1.7, 2.0), std::pair(40.0, 3.0)}) {
    for (const double x : {0.01, 0.5, 1.0, 3.0, 20.0})
      CHECK(family_laws::log_prob_of<F, T>(
                {static_cast<T>(x)}, {{static_cast<T>(a)}, {static_cast<T>(b)}}, shape_of()) ==
            family_laws::near<T>(log_gamma_density(x, a, b), 1e-5, 1e-13));

    const std::vector<std::vector<T>> p{std::vector<T>(n, static_cast<T>(a)),
                                        std::vector<T>(n, static_cast<T>(b))};
    std::vector<T> drawn(n), first(77), average(1);
    const stream_key stream = make_stream(3, 0, 5);
    F::sample(stream, family_laws::rows_of(p), drawn.data(), n);
    // A value does not depend on how many there are.
    F::sample(stream, family_laws::rows_of(p), first.data(), first.size());
    REQUIRE(std::equal(first.begin(), first.end(), drawn.begin()));
    F::mean(family_laws::rows_of(p), average.data(), 1);
    CHECK(gamma_expectation(a, b, [](double x) { return x; }) ==
          Approx(static_cast<double>(average[0])).epsilon(1e-6));

    // P(√n · D > 2.7) = 1e-6 for draws from the density; its integral by steps in log x.
    std::sort(drawn.begin(), drawn.end());
    const auto density = [&](double t) {
      return std::exp(log_gamma_density(std::exp(t), a, b) + t);
    };
    double at = -60 / std::min(a, 1.0), mass = 0, before = density(at), worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(drawn[i] > 0);
      const double t = std::log(static_cast<double>(drawn[i]));
      while (at < t) {
        const double to = std::min(at + 1e-3, t), after = density(to);
        mass += (before + after) / 2 * (to - at);
        at = to;
        before = after;
      }
      const double low = static_cast<double>(i) / static_cast<double>(n);
      worst = std::max({worst, mass - low, low + 1 / static_cast<double>(n) - mass});
    }
    CHECK(worst < 2.7 / std::sqrt(static_cast<double>(n)));
  }
  // Concentrations of one row may differ, on either side of 1; a tiny one gives no zeros.
  std::vector<T> mixed(150), rates(150, T(1)), drawn(150);
  for (std::size_t j = 0; j < mixed.size(); ++j) mixed[j] = j % 2 == 0 ? T(1e-4) : T(400);
  F::sample(make_stream(3, 0, 6), parameter_rows<T>{mixed.data(), rates.data()}, drawn.data(), 150);
  for (std::size_t j = 0; j < mixed.size(); ++j) {
    REQUIRE(drawn[j] > 0);
    REQUIRE((j % 2 == 0 || std::abs(static_cast<double>(drawn[j]) - 400) < 6 * 20.0));
  }
}

TEST_CASE("gamma: derivatives, entropy and divergence", "[families]") {
  using F = families::gamma;
  using kl = kl_divergence<F, F>;
  for (const shape& s : {shape_of(), shape_of(5), shape_of(3, 7)})
    for (const unsigned axes : {0u, 3u}) {
      const auto in = [&](unsigned of) { return input{s, of, 0.4, 2.5}; };
      check_derivative(F::log_prob{}, {in(3), in(axes), in(axes)}, s);
      check_float(F::log_prob{}, {in(3), in(axes), in(axes)}, s);
      check_derivative(F::entropy{}, {in(3), in(axes)}, s);
      check_derivative(kl{}, {in(3), in(3), in(axes), in(axes)}, s);
      check_float(kl{}, {in(3), in(3), in(axes), in(axes)}, s);
    }
  for (const int n : {1, 4, 19}) family_laws::check_score<F>({{0.4, 3}, {0.5, 2}}, shape_of(n), 11);
  const auto number = [](const auto& op, const std::vector<double>& x) {
    std::vector<std::vector<double>> operands;
    for (const double v : x) operands.push_back({v});
    return family_laws::number_of(op, operands, std::vector<shape>(x.size(), shape_of()),
                                  shape_of());
  };
  using pair = std::array<double, 2>;
  for (const pair& q : {pair{0.6, 1.5}, pair{3.0, 0.7}}) {
    const auto under_q = [&](auto f) { return gamma_expectation(q[0], q[1], f); };
    CHECK(number(F::entropy{}, {q[0], q[1]}) == Approx(under_q([&](double x) {
                                                  return -log_gamma_density(x, q[0], q[1]);
                                                })).epsilon(1e-6));
    for (const pair& p : {pair{1.2, 1.0}, pair{0.5, 2.0}, q})
      CHECK(number(kl{}, {q[0], q[1], p[0], p[1]}) == Approx(under_q([&](double x) {
                                                        return log_gamma_density(x, q[0], q[1]) -
                                                               log_gamma_density(x, p[0], p[1]);
                                                      }))
                                                          .epsilon(1e-6)
                                                          .margin(1e-9));
  }
  // At a concentration of 1 the density at 0 is the rate.
  CHECK(family_laws::log_prob_of<F, double>({0}, {{1}, {2}}, shape_of()) == std::log(2.0));
}
