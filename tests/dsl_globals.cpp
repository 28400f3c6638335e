#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// Global latents and minibatches: Bayesian linear regression, whose posterior is known.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = given<"x", 2>;
constexpr auto y = observed<"y">;
constexpr auto w = latent<"w", 2>;

constexpr double noise = 0.5, prior_scale = 2;
constexpr auto regression =
    model(w = ~normal(0, prior_scale), plate<"row">(y = ~normal(sum(w * x), noise)));

template <class T>
struct problem_data {
  static constexpr std::size_t rows = 300;
  array<T> xs = array<T>::from_shape({rows, 2}), ys = array<T>::from_shape({rows});
  double mean[2], covariance[2][2], precision[2][2];

  problem_data() {
    std::vector<double> e(rows * 3);
    fill_normal(row_stream({4, 5}, 0, 0), e.data(), e.size());
    double b[2] = {0, 0};
    precision[0][0] = precision[1][1] = 1 / (prior_scale * prior_scale);
    precision[0][1] = precision[1][0] = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double u[2] = {e[3 * i], 0.8 * e[3 * i] + 0.6 * e[3 * i + 1]};
      const double v = 1.5 * u[0] - 0.7 * u[1] + noise * e[3 * i + 2];
      xs(i, 0) = static_cast<T>(u[0]);
      xs(i, 1) = static_cast<T>(u[1]);
      ys(i) = static_cast<T>(v);
      for (int j = 0; j < 2; ++j) {
        b[j] += u[j] * v / (noise * noise);
        for (int k = 0; k < 2; ++k) precision[j][k] += u[j] * u[k] / (noise * noise);
      }
    }
    const double det = precision[0][0] * precision[1][1] - precision[0][1] * precision[1][0];
    covariance[0][0] = precision[1][1] / det;
    covariance[1][1] = precision[0][0] / det;
    covariance[0][1] = covariance[1][0] = -precision[0][1] / det;
    for (int j = 0; j < 2; ++j) mean[j] = covariance[j][0] * b[0] + covariance[j][1] * b[1];
  }
};

template <class T>
fit_options options() {
  return {.epochs = 5000,
          .batch = 100,
          .optimizer = adam{schedules::stepwise({{0, 3e-2}, {3000, 3e-3}, {8000, 3e-4}})},
          .seed = 2,
          .progress = false};
}

TEMPLATE_TEST_CASE("mean_field finds the posterior means, and the conditional scales", "", float,
                   double) {
  const problem_data<TestType> d;
  auto vi = infer<elbo<8>, TestType>(regression, mean_field(regression));
  static_assert(vi.template estimator<"w">() == "pathwise");
  vi.fit(data(x = d.xs, y = d.ys), options<TestType>());
  const auto mean = vi.parameter("q.w.param0.value"), log_scale = vi.parameter("q.w.param1.value");
  // Minibatches leave noise of the order of the last learning rate; posterior scales are 0.03.
  for (std::size_t j = 0; j < 2; ++j) {
    CHECK(static_cast<double>(mean[j]) == Approx(d.mean[j]).margin(0.012));
    CHECK(std::exp(static_cast<double>(log_scale[j])) ==
          Approx(1 / std::sqrt(d.precision[j][j])).epsilon(0.05));
  }
}

TEMPLATE_TEST_CASE("full_rank finds the means and the covariance", "", float, double) {
  const problem_data<TestType> d;
  auto vi = infer<elbo<8>, TestType>(regression, full_rank(regression));
  vi.fit(data(x = d.xs, y = d.ys), options<TestType>());
  const auto mean = vi.parameter("q.w.param0.value"), raw = vi.parameter("q.w.param1.value");
  const double l00 = std::exp(static_cast<double>(raw(0, 0))), l10 = static_cast<double>(raw(1, 0)),
               l11 = std::exp(static_cast<double>(raw(1, 1)));
  const double found[2][2] = {{l00 * l00, l00 * l10}, {l00 * l10, l10 * l10 + l11 * l11}};
  for (std::size_t j = 0; j < 2; ++j) {
    CHECK(static_cast<double>(mean[j]) == Approx(d.mean[j]).margin(0.012));
    for (std::size_t k = 0; k < 2; ++k)
      CHECK(found[j][k] == Approx(d.covariance[j][k]).epsilon(0.12));
  }
}

// Two plates side by side, one of them within reach of the globals only, and a nested plate.

constexpr auto mu = latent<"mu">;
constexpr auto theta = latent<"theta">;
constexpr auto u = observed<"u">;
constexpr auto v = observed<"v">;
constexpr auto nested =
    model(mu = ~normal(0, 1), plate<"side", 3>(v = ~normal(mu, 1)),
          plate<"group">(theta = ~normal(mu, 1), plate<"item", 2>(u = ~normal(theta, 0.5))));

TEST_CASE("nested and neighbouring plates: the bound of a known model") {
  auto vi = infer<elbo<1>, double>(nested, mean_field(nested));
  array<double> side{0.3, -0.2, 0.5}, items{{0.1, 0.4}, {1.0, 1.2}, {-0.3, 0.2}, {0.0, 0.1}};
  const auto all = data(u = items, v = side);
  vi.fit(all, {.epochs = 1500,
               .batch = 4,
               .optimizer = adam{schedules::stepwise({{0, 1e-1}, {500, 1e-2}, {1000, 1e-3}})},
               .progress = false});
  // The posterior mean of mu in the joint normal: groups integrate to N(mu, 1 + 0.25/2).
  double precision = 1 + 3, weighted = 0.3 - 0.2 + 0.5;
  for (std::size_t g = 0; g < 4; ++g) {
    precision += 1 / 1.125;
    weighted += 0.5 * (items(g, 0) + items(g, 1)) / 1.125;
  }
  const double posterior = weighted / precision;
  CHECK(vi.parameter("q.mu.param0.value")() == Approx(posterior).margin(0.05));
  // Given mu, theta has mean (mu + 8·mean(u))/9; the mean-field means satisfy the same equations.
  const auto means = vi.parameter("q.theta.param0.value");
  CHECK(means.shape() == array<double>::shape_type{4});
  for (std::size_t g = 0; g < 4; ++g)
    CHECK(means(g) == Approx((posterior + 4 * (items(g, 0) + items(g, 1))) / 9).margin(0.05));
  CHECK(vi.posterior<"theta">(all).shape() == array<double>::shape_type{4});
}

constexpr auto in = given<"in", 3>;
constexpr auto out = observed<"out", 2>;
constexpr auto offset = quantity<"offset">;
/// What its ops share, what a context adds to, and a node outside the plate.
constexpr auto line =
    model(offset = param<2>(0.25),
          plate<"row">(out = ~normal(dense<2>(in) + exp(param<2>(-1)) + offset, 1)));

TEST_CASE("bounds and gradients of batches of few and many shards, in closed form") {
  // One shard, several, sixteen; more rows of each than a product adds at a time.
  for (const std::size_t n : {7u, 120u, 260u, 333u, 1001u, 2017u}) {
    auto xs = array<double>::from_shape({n, 3}), ys = array<double>::from_shape({n, 2});
    fill_normal(row_stream({6, 7}, 0, 0), xs.data(), xs.size());
    fill_normal(row_stream({6, 7}, 0, 1), ys.data(), ys.size());
    std::vector<std::uint32_t> rows(n);
    std::iota(rows.begin(), rows.end(), 0u);
    std::vector<double> first;
    for (const unsigned threads : {1u, 2u}) {
      CAPTURE(n, threads);
      auto vi = infer<elbo<1>, double>(line, guide());
      vi.use_threads(threads);
      const auto loaded = vi.load(data(in = xs, out = ys));
      const double bound = vi.gradient(loaded, rows).bound;
      const std::vector<double> found(vi.gradient().begin(), vi.gradient().end());
      if (threads == 1) first = found;
      CHECK(found == first);

      const auto weight = vi.parameter("p.out.dense0.weight");
      long double want_bound = 0, d_weight[3][2] = {}, d_offset[2] = {};
      for (std::size_t r = 0; r < n; ++r)
        for (std::size_t j = 0; j < 2; ++j) {
          long double left = ys(r, j) - std::exp(-1.0) - 0.25;
          for (std::size_t i = 0; i < 3; ++i) left -= xs(r, i) * weight(i, j);
          want_bound -= (left * left + std::log(2 * std::numbers::pi)) / 2 / n;
          for (std::size_t i = 0; i < 3; ++i) d_weight[i][j] += left * xs(r, i) / n;
          d_offset[j] += left / n;
        }
      const auto near = [](long double want) {
        return Approx(static_cast<double>(want)).epsilon(1e-12).margin(1e-14);
      };
      CHECK(bound == near(want_bound));
      for (const auto& p : vi.parameter_table())
        for (std::size_t i = 0; i < p.size; ++i) {
          CAPTURE(p.name, i);
          const long double want = p.name == "p.out.dense0.weight"  ? d_weight[i / 2][i % 2]
                                   : p.name == "p.out.param0.value" ? d_offset[i] * std::exp(-1.0L)
                                                                    : d_offset[i];
          CHECK(found[p.offset + i] == near(want));
        }
    }
  }
}

TEST_CASE("a model without a plate") {
  constexpr auto alone = model(mu = ~normal(0, 1), u = ~normal(mu, 1));
  auto vi = infer<elbo<8>, double>(alone, mean_field(alone));
  vi.fit(data(u = array<double>{2.0}),
         {.epochs = 3000,
          .optimizer = adam{schedules::stepwise({{0, 3e-2}, {1000, 3e-3}})},
          .progress = false});
  CHECK(vi.parameter("q.mu.param0.value")() == Approx(1).margin(0.02));
  CHECK(std::exp(vi.parameter("q.mu.param1.value")()) == Approx(std::sqrt(0.5)).epsilon(0.03));
  // log N(2; 0, 2), which the bound of this guide meets.
  CHECK(vi.log_likelihood(data(u = array<double>{2.0}), samples(2000)).value ==
        Approx(-0.5 * std::log(4 * std::numbers::pi) - 1).margin(0.01));
}

}  // namespace
}  // namespace tests
