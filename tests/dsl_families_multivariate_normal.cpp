#include <cmath>
#include <vector>

#include "estimator_check.hpp"
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

TEST_CASE("multivariate normal: derivatives of the divergences", "[families]") {
  using to_dependent = kl_divergence<mvn, mvn>;
  using to_independent = kl_divergence<mvn, families::normal>;
  for (const int n : {1, 2, 5, 19}) {
    const shape v = shape_of(n), l = shape_of(n, n), one = shape_of();
    for (const unsigned axes : {0u, 1u, 3u})
      for (const shape& location : {v, one}) {
        const double low = 1, high = 1.6;
        check_derivative(to_dependent{},
                         {{location, 3}, {l, axes, low, high}, {location, axes}, {l, 3, low, high}},
                         v);
        check_derivative(
            to_independent{},
            {{location, axes}, {l, 3, low, high}, {location, 3}, {location, axes, low, high}}, v);
        if (n > 5) break;  // many differences
      }
    if (n > 5) continue;
    check_float(to_dependent{}, {{v, 3}, {l, 2, 0.5, 1.5}, {v, 3}, {l, 0, 0.5, 1.5}}, v);
    check_float(to_independent{}, {{v, 3}, {l, 2, 0.5, 1.5}, {v, 3}, {one, 0, 0.5, 1.5}}, v);
    check_derivative(mvn::log_prob{}, {{v, 3, -2, 2}, {one, 1}, {l, 3, 0.5, 1}}, v);
  }
}

TEMPLATE_TEST_CASE("multivariate normal: divergences", "[families]", float, double) {
  using T = TestType;
  using families::normal;
  const shape v = shape_of(3), l = shape_of(3, 3);
  const auto diagonal = [](const std::vector<T>& s) {
    std::vector<T> out(9, T(0));
    for (std::size_t i = 0; i < 3; ++i) out[4 * i] = s[i];
    return out;
  };
  const std::vector<T> m{T(0.5), T(-1), T(2)}, mu{T(0.1), T(0.4), T(1)}, s{T(0.7), T(1.5), T(2.2)},
      t{T(1.1), T(0.6), T(1.7)};
  const std::vector<T> factor{T(1), T(9), T(9), T(-0.6), T(0.5), T(9), T(0.3), T(0.8), T(1.2)};
  const auto dependent = [&](const auto& a, const auto& b, const auto& c, const auto& d) {
    return family_laws::number_of<kl_divergence<mvn, mvn>, T>({}, {a, b, c, d}, {v, l, v, l}, v);
  };
  const auto independent = [&](const auto& a, const auto& b, const auto& c, const auto& d) {
    return family_laws::number_of<kl_divergence<mvn, normal>, T>({}, {a, b, c, d}, {v, l, v, v}, v);
  };
  CHECK(dependent(m, factor, m, factor) == near<T>(0));
  const double apart =
      family_laws::number_of<kl_divergence<normal, normal>, T>({}, {m, s, mu, t}, {v, v, v, v}, v);
  CHECK(dependent(m, diagonal(s), mu, diagonal(t)) == near<T>(apart));
  CHECK(independent(m, diagonal(s), mu, t) == near<T>(apart));
  CHECK(independent(m, factor, mu, t) == near<T>(dependent(m, factor, mu, diagonal(t))));

  // The mean of log q − log p over draws, within five standard errors: false alarms below 1e-6.
  const std::vector<T> other{T(1.4), T(9), T(9), T(0.2), T(1.1), T(9), T(-0.5), T(0.4), T(1.6)};
  const std::vector<std::vector<T>> q{m, factor}, p{mu, other};
  std::vector<T> x(3);
  double sum = 0, square = 0;
  const std::size_t rows = 40000;
  for (std::size_t r = 0; r < rows; ++r) {
    mvn::sample(row_stream(stream_key{5, 2}, 0, static_cast<std::uint32_t>(r)),
                family_laws::rows_of(q), x.data(), 3);
    const double d =
        family_laws::log_prob_of<mvn, T>(x, q, v) - family_laws::log_prob_of<mvn, T>(x, p, v);
    sum += d;
    square += d * d;
  }
  const double n = static_cast<double>(rows), average = sum / n;
  CHECK(std::abs(average - dependent(m, factor, mu, other)) <
        5 * std::sqrt((square / n - average * average) / n));
}

namespace {

// One latent under a closed divergence (elbo), and under −log q and log p of its draws (iwae<1>).
template <class Prior>
void check_in_a_program(const Prior& prior) {
  constexpr auto v = latent<"v", 3>;
  constexpr auto y = observed<"y">;
  const auto p = model(plate<"row">(v = ~prior, y = ~normal(sum(v), 1)));
  const auto q = guide(
      plate<"row">(v = ~normal(mean = param<3>(), scale_tril = lower_cholesky(param<3, 3>()))));
  auto closed = infer<elbo<1>, double>(p, q);
  auto sampled = infer<iwae<1>, double>(p, q);
  REQUIRE(closed.plan().latents[0].term == "exact KL");
  const auto estimate_of = [&](auto& vi) {
    tests::spread_parameters(vi);
    return tests::mean_gradient(vi, vi.load(data(y = tests::repeated(0.7, 200))), 200);
  };
  const tests::estimate a = estimate_of(closed), b = estimate_of(sampled);
  // 4.8 standard errors of the difference: false alarms below 1.6e-6 per coordinate.
  CHECK(std::abs(a.bound - b.bound) <= 4.8 * std::hypot(a.bound_error, b.bound_error));
  for (const auto& [name, values] : a.mean)
    for (std::size_t i = 0; i < values.size(); ++i) {
      INFO(name << "[" << i << "]: " << values[i] << " and " << b.mean.at(name)[i]);
      CHECK(std::abs(values[i] - b.mean.at(name)[i]) <=
            4.8 * std::hypot(a.error.at(name)[i], b.error.at(name)[i]) + 1e-9);
    }
}

}  // namespace

TEST_CASE("multivariate normal: closed divergences of programs", "[families]") {
  check_in_a_program(normal(mean = param<>(), scale_tril = lower_cholesky(param<3, 3>())));
  check_in_a_program(normal(param<3>(), exp(param<>())));
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
