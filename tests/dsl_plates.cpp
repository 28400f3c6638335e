#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// The error of estimates, and rows of a plate taken together.

namespace tests {
namespace {

using namespace variad;

constexpr auto y = observed<"y">;
constexpr auto u = observed<"u">;
constexpr auto m = latent<"m">;
constexpr auto e = latent<"e">;
constexpr auto total = quantity<"total">;

double log_normal_density(double x, double mean, double scale) {
  const double r = (x - mean) / scale;
  return -0.5 * r * r - std::log(scale) - 0.5 * std::log(2 * std::numbers::pi);
}

array<double> zeros(std::size_t n) { return xt::zeros<double>({n}); }

TEST_CASE("a bound has a standard error") {
  // One row: the bound of one draw varies by nats, of n it varies by what is said.
  auto vi = infer<elbo<1>, double>(model(plate<"row">(m = ~normal(0, 3), y = ~normal(m, 0.5))),
                                   guide(plate<"row">(m = ~normal(0.3, 1))));
  const auto d = data(y = zeros(1));
  const double kl = std::log(3.0) + (1 + 0.09) / 18 - 0.5;
  const double exact = log_normal_density(0, 0, 0.5) - 0.5 * (1 + 0.09) / 0.25 - kl;
  const auto found = vi.bound(d, samples(4000));
  // −½ z²/0.25 of z from N(0.3, 1) has variance 4·Var(z²) = 4·(2 + 4·0.09).
  CHECK(found.standard_error == Approx(std::sqrt(4 * (2 + 4 * 0.09) / 4000)).epsilon(0.2));
  CHECK(std::abs(found.value - exact) < 4.8 * found.standard_error);
  CHECK(vi.bound(d, samples(1)).standard_error == std::numeric_limits<double>::infinity());
  CHECK(vi.bound(data(y = zeros(5)), samples(3)).total() ==
        Approx(5 * vi.bound(data(y = zeros(5)), samples(3)).value));

  // The mean weight over its standard error: Var w / (n w̄²), with E w² by quadrature.
  const auto weighed = vi.log_likelihood(d, samples(2000));
  double mean = 0, square = 0;
  for (double z = -6; z < 6; z += 1e-3) {
    const double q = std::exp(log_normal_density(z, 0.3, 1));
    const double w = std::exp(log_normal_density(z, 0, 3) + log_normal_density(0, z, 0.5)) / q;
    mean += q * w * 1e-3;
    square += q * w * w * 1e-3;
  }
  CHECK(weighed.standard_error ==
        Approx(std::sqrt((square / (mean * mean) - 1) / 2000)).epsilon(0.1));
  CHECK(std::abs(weighed.value - std::log(mean)) < 4.8 * weighed.standard_error);
}

// --- rows taken together -------------------------------------------------------------------------

constexpr auto of_sum = model(plate<"s", 3>(e = ~normal(0, 1)), u = ~normal(sum(e, over<"s">), 1));

TEST_CASE("a density reads the sum of a plate's rows") {
  auto vi = infer<elbo<1>, double>(of_sum, guide(plate<"s", 3>(e = ~normal(row_param<>(), 0.5))));
  vi.set_parameter("q.e.param0.value", array<double>{0.1, -0.4, 0.7});
  static_assert(vi.estimator<"e">() == "pathwise");
  const auto d = vi.load(data(u = array<double>{1.5}));
  const std::vector<std::uint32_t> row{0};
  // With Σe = 0.4 + 0.5 Σε: the mean over noise of ∂/∂m_i is −m_i + (1.5 − 0.4).
  double mean[3]{}, bound = 0, steps = 4000;
  for (std::uint64_t s = 0; s < 4000; ++s) {
    bound += vi.gradient(d, row, {.seed = 1, .step = s}).bound / steps;
    for (std::size_t i = 0; i < 3; ++i) mean[i] += vi.gradient()[i] / steps;
  }
  const double at[3]{0.1, -0.4, 0.7};
  double exact = log_normal_density(1.5, 0.4, 1) - 0.5 * 3 * 0.25;
  for (std::size_t i = 0; i < 3; ++i) {
    // The standard deviation of 0.5 Σε is 0.87.
    CHECK(mean[i] == Approx(1.1 - at[i]).margin(5 * 0.87 / std::sqrt(steps)));
    exact -= 0.5 * (0.25 + at[i] * at[i] - 1) - std::log(0.5);
  }
  CHECK(bound == Approx(exact).margin(5 * 1.1 / std::sqrt(steps)));
}

TEST_CASE("what is written within a sum stands in its plate") {
  constexpr auto f = latent<"f">;
  auto vi = infer<elbo<1>, double>(
      model(plate<"s", 3>(e = ~normal(0, 1), plate<"t", 2>(f = ~normal(0, 1))),
            u = ~normal(sum(square(e) + sum(2 * f, over<"t">), over<"s">), 1)),
      guide(plate<"s", 3>(e = ~normal(row_param<>(), 1e-9),
                          plate<"t", 2>(f = ~normal(row_param<>(), 1e-9)))));
  vi.set_parameter("q.e.param0.value", array<double>{0.1, -0.4, 0.7});
  vi.set_parameter("q.f.param0.value", array<double>{{0.1, 0.2}, {0.3, -0.1}, {0.0, 0.5}});
  const auto d = vi.load(data(u = array<double>{1.5}));
  vi.gradient(d, std::vector<std::uint32_t>{0});
  // ∂/∂m of log N(1.5; S, 1) − ½ m², S = Σ e² + 2 Σ f at noise of no size.
  const double left = 1.5 - (0.01 + 0.16 + 0.49 + 2 * 1.0);
  for (const auto& p : vi.parameter_table()) {
    const auto at = vi.parameter(p.name);
    for (std::size_t i = 0; i < p.size; ++i) {
      const double x = at.data()[i], inner = p.name[2] == 'e' ? 2 * x : 2;
      CHECK(vi.gradient()[p.offset + i] == Approx(left * inner - x).margin(1e-6));
    }
  }
}

TEST_CASE("the score function counts what all rows make together") {
  // Read outside the plate, and again within it by every row.
  constexpr auto w = observed<"w">;
  constexpr auto p = model(plate<"s", 3>(e = ~bernoulli(logits = 0.3)), total = sum(e, over<"s">),
                           u = ~normal(total, 0.8), plate<"s", 3>(w = ~normal(e - 0.5 * total, 1)));
  constexpr auto q = guide(
      plate<"s", 3>(e = ~bernoulli(logits = row_param<>()).by(score_function(leave_one_out))));
  auto vi = infer<elbo<4>, double>(p, q);
  const double logits[3]{0.2, -0.6, 0.9}, seen[3]{0.3, -0.2, 1.1};
  vi.set_parameter("q.e.param0.value", array<double>{0.2, -0.6, 0.9});
  const auto objective = [&](const double* l) {
    double sum = 0;
    for (int bits = 0; bits < 8; ++bits) {
      double q_all = 1, log_joint = 0, drawn = 0;
      for (int i = 0; i < 3; ++i) drawn += bits >> i & 1;
      for (int i = 0; i < 3; ++i) {
        const double one = bits >> i & 1, qi = 1 / (1 + std::exp(-l[i])),
                     pi = 1 / (1 + std::exp(-0.3));
        q_all *= one > 0 ? qi : 1 - qi;
        log_joint += std::log(one > 0 ? pi / qi : (1 - pi) / (1 - qi)) +
                     log_normal_density(seen[i], one - 0.5 * drawn, 1);
      }
      sum += q_all * (log_joint + log_normal_density(1.4, drawn, 0.8));
    }
    return sum;
  };
  const auto d = vi.load(data(u = array<double>{1.4}, w = array<double>{0.3, -0.2, 1.1}));
  const std::vector<std::uint32_t> row{0};
  const double steps = 8000;
  double mean[3]{}, square[3]{};
  for (std::uint64_t s = 0; s < 8000; ++s) {
    vi.gradient(d, row, {.seed = 2, .step = s});
    for (std::size_t i = 0; i < 3; ++i) {
      mean[i] += vi.gradient()[i] / steps;
      square[i] += vi.gradient()[i] * vi.gradient()[i] / steps;
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    double up[3]{logits[0], logits[1], logits[2]}, down[3]{logits[0], logits[1], logits[2]};
    up[i] += 1e-5;
    down[i] -= 1e-5;
    const double exact = (objective(up) - objective(down)) / 2e-5;
    // 4.8 standard errors: a false alarm in 6·10⁵ comparisons.
    CHECK(std::abs(mean[i] - exact) < 4.8 * std::sqrt((square[i] - mean[i] * mean[i]) / steps));
  }
}

}  // namespace
}  // namespace tests
