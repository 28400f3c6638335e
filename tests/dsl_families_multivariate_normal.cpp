#include <cmath>
#include <vector>

#include "family_laws.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/families/multivariate_normal.hpp>
#include <variad/dsl/families/normal.hpp>

using namespace variad;
using family_laws::near;
using kernel_check::check_derivative;
using kernel_check::check_float;

namespace {

using mvn = families::multivariate_normal;
// The factor's entries, of which those above the diagonal are never read.
const family_laws::ranges mean_and_factor{{-1.0, 1.0}, {0.4, 1.3}};

}  // namespace

static_assert(family<mvn> && reparameterizable_family<mvn> && family_with_entropy<mvn>);

TEST_CASE("multivariate normal: derivatives", "[families]") {
  for (const int n : {1, 2, 5}) {
    const shape v = shape_of(n), l = shape_of(n, n);
    for (const unsigned axes : {0u, 1u, 3u}) {
      const std::vector<kernel_check::input> in{{v, 3, -2, 2}, {v, axes, -1, 1}, {l, axes, 0.5, 1}};
      check_derivative(mvn::log_prob{}, in, v);
      check_float(mvn::log_prob{}, in, v);
    }
    check_derivative(mvn::entropy{}, {{v, 3, -1, 1}, {l, 3, 0.5, 1.5}}, v);
    check_float(mvn::entropy{}, {{v, 3, -1, 1}, {l, 2, 0.5, 1.5}}, v);
    family_laws::check_score<mvn>(mean_and_factor, v, 5);
    family_laws::check_transform<mvn>(mean_and_factor, v, 6);
    family_laws::check_draw_is_transformed_noise<mvn, float>(mean_and_factor, v);
    family_laws::check_draw_is_transformed_noise<mvn, double>(mean_and_factor, v);
  }
}

TEMPLATE_TEST_CASE("multivariate normal: a diagonal factor gives independent normals", "[families]",
                   float, double) {
  using T = TestType;
  const shape declared = shape_of(3);
  const std::vector<T> x{T(0.3), T(-1.2), T(2)}, m{T(0.1), T(0.5), T(-0.4)},
      s{T(0.7), T(1.5), T(2.2)};
  std::vector<T> l(9, T(0));
  for (std::size_t i = 0; i < 3; ++i) l[4 * i] = s[i];
  CHECK(family_laws::log_prob_of<mvn, T>(x, {m, l}, declared) ==
        near<T>(family_laws::log_prob_of<families::normal, T>(x, {m, s}, declared)));
  CHECK(family_laws::number_of<mvn::entropy, T>({}, {m, l}, {declared, shape_of(3, 3)}, declared) ==
        near<T>(family_laws::number_of<families::normal::entropy, T>(
            {}, {m, s}, {declared, declared}, declared)));
}

TEST_CASE("multivariate normal: the density has mass 1", "[families]") {
  const std::vector<double> m{0.2, -0.3}, l{0.8, 0, 0.5, 0.6};
  // The trapezoidal rule of an analytic function that vanishes at the ends: exact to rounding.
  double mass = 0;
  const double step = 0.05;
  for (double a = -8; a < 8; a += step)
    for (double b = -8; b < 8; b += step)
      mass += std::exp(family_laws::log_prob_of<mvn, double>({a, b}, {m, l}, shape_of(2)));
  CHECK(mass * step * step == Approx(1).epsilon(1e-9));
}

TEMPLATE_TEST_CASE("multivariate normal: moments of draws", "[families]", float, double) {
  using T = TestType;
  constexpr std::size_t n = 3, rows = 40000;
  const std::vector<std::vector<T>> p{
      {T(0.5), T(-1), T(2)}, {T(1), T(9), T(9), T(-0.6), T(0.5), T(9), T(0.3), T(0.8), T(1.2)}};
  double sum[n] = {}, product[n][n] = {}, covariance[n][n] = {}, log_density = 0;
  const auto factor = [&](std::size_t i, std::size_t j) {
    return j <= i ? static_cast<double>(p[1][i * n + j]) : 0.0;
  };
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < n; ++k) covariance[i][j] += factor(i, k) * factor(j, k);
  std::vector<T> x(n);
  for (std::size_t r = 0; r < rows; ++r) {
    mvn::sample(row_stream(stream_key{1, 2}, 0, static_cast<std::uint32_t>(r)),
                family_laws::rows_of(p), x.data(), n);
    log_density += family_laws::log_prob_of<mvn, T>(x, p, shape_of(3));
    for (std::size_t i = 0; i < n; ++i) {
      const double d = static_cast<double>(x[i] - p[0][i]);
      sum[i] += d;
      for (std::size_t j = 0; j < n; ++j) product[i][j] += d * static_cast<double>(x[j] - p[0][j]);
    }
  }
  // Five standard errors each: false alarms below 1e-6 per comparison.
  const double count = static_cast<double>(rows);
  for (std::size_t i = 0; i < n; ++i) {
    CHECK(std::abs(sum[i] / count) < 5 * std::sqrt(covariance[i][i] / count));
    for (std::size_t j = 0; j < n; ++j) {
      const double deviation = std::sqrt(
          (covariance[i][i] * covariance[j][j] + covariance[i][j] * covariance[i][j]) / count);
      CHECK(std::abs(product[i][j] / count - covariance[i][j]) < 5 * deviation);
    }
  }
  // −log density has the variance n/2 about the entropy.
  const double entropy =
      family_laws::number_of<mvn::entropy, T>({}, p, {shape_of(3), shape_of(3, 3)}, shape_of(3));
  CHECK(std::abs(-log_density / count - entropy) < 5 * std::sqrt(1.5 / count));
}
