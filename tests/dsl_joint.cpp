#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// Latents drawn jointly in the model, in the guide and in both, against closed forms.

namespace tests {
namespace {

using namespace variad;

constexpr auto a = latent<"a">;
constexpr auto b = latent<"b", 2>;
constexpr auto m = given<"m", 3>;
constexpr auto root = given<"root", 3, 3>;
constexpr auto y = observed<"y", 2>;

/// (a, b) normal with a given mean and factor, and two noisy observations of a + b0 + b1.
constexpr double noise = 0.7;
constexpr auto coupled =
    model(joint(a, b) = ~normal(mean = m, scale_tril = root), y = ~normal(a + sum(b), noise));

const array<double> prior_mean{0.4, -0.3, 0.8}, observed_sums{2.1, 1.4};
const array<double> prior_root{{1.1, 0, 0}, {0.4, 0.8, 0}, {-0.5, 0.3, 0.9}};

/// What the coupled model says of its data, in closed form.
struct solution {
  double log_likelihood, mean[3], scale[3];  ///< scale: given the other two latents

  solution() {
    double covariance[3][3] = {}, row[3] = {}, variance = 0, centre = 0, inverse[3][3];
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        for (std::size_t k = 0; k < 3; ++k) covariance[i][j] += prior_root(i, k) * prior_root(j, k);
        row[i] += covariance[i][j];
        variance += covariance[i][j];
      }
    for (const double v : prior_mean) centre += v;
    // The two observations by their mean, of variance `variance` + noise²/2, and their difference.
    const double n = noise * noise, average = (observed_sums(0) + observed_sums(1)) / 2,
                 difference = observed_sums(0) - observed_sums(1), total = variance + n / 2;
    const auto log_normal_density = [](double x, double var) {
      return -0.5 * (std::log(2 * std::numbers::pi * var) + x * x / var);
    };
    log_likelihood =
        log_normal_density(average - centre, total) + log_normal_density(difference, 2 * n);
    for (std::size_t i = 0; i < 3; ++i)
      mean[i] = prior_mean(i) + row[i] / total * (average - centre);
    // The precision of the posterior: that of the prior, and 2/noise² in every entry.
    const auto minor = [&](std::size_t i, std::size_t j) {
      const std::size_t r0 = (i + 1) % 3, r1 = (i + 2) % 3, c0 = (j + 1) % 3, c1 = (j + 2) % 3;
      return covariance[r0][c0] * covariance[r1][c1] - covariance[r0][c1] * covariance[r1][c0];
    };
    double det = 0;
    for (std::size_t j = 0; j < 3; ++j) det += covariance[0][j] * minor(0, j);
    for (std::size_t i = 0; i < 3; ++i) {
      inverse[i][i] = minor(i, i) / det;
      scale[i] = 1 / std::sqrt(inverse[i][i] + 2 / n);
    }
  }
};

const auto coupled_data = [] { return data(m = prior_mean, root = prior_root, y = observed_sums); };

const fit_options settings{
    .epochs = 4000,
    .optimizer = adam{schedules::stepwise({{0, 3e-2}, {1500, 3e-3}, {3000, 3e-4}})},
    .seed = 3,
    .progress = false};

/// The bound with log q sampled too: where the guide is the posterior, each draw gives log p(y).
template <class Inference, class Data>
double mean_bound(Inference& vi, const Data& seen) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    sum += vi.log_likelihood(seen, samples(1), seed).value / 200;
  return sum;
}

TEST_CASE("joint in the model: mean_field finds the means and the conditional scales") {
  const solution exact;
  auto vi = infer<elbo<32>, double>(coupled, mean_field(coupled));
  vi.fit(coupled_data(), settings);
  // Steps of 3e-4 leave noise far below the margin.
  CHECK(vi.parameter("q.a.param0.value")() == Approx(exact.mean[0]).margin(0.02));
  CHECK(std::exp(vi.parameter("q.a.param1.value")()) == Approx(exact.scale[0]).epsilon(0.03));
  for (std::size_t j = 0; j < 2; ++j) {
    CHECK(vi.parameter("q.b.param0.value")(j) == Approx(exact.mean[1 + j]).margin(0.02));
    CHECK(std::exp(vi.parameter("q.b.param1.value")(j)) ==
          Approx(exact.scale[1 + j]).epsilon(0.03));
  }
  // With 40000 samples the standard error is below 0.01.
  CHECK(vi.log_likelihood(coupled_data(), samples(40000)).value ==
        Approx(exact.log_likelihood).margin(0.05));
}

TEST_CASE("joint in the model: separate draws of the guide that can be the posterior") {
  constexpr auto chain =
      guide(b = ~normal(mean = param<2>(), scale_tril = lower_cholesky(param<2, 2>(diagonal(-1)))),
            a = ~normal(mean = param<>() + sum(param<2>() * b), scale = exp(param<>())));
  auto vi = infer<elbo<32>, double>(coupled, chain);
  vi.fit(coupled_data(), settings);
  CHECK(mean_bound(vi, coupled_data()) == Approx(solution().log_likelihood).margin(0.02));
}

TEST_CASE("joint in both: full_rank is the posterior") {
  auto vi = infer<elbo<32>, double>(coupled, full_rank(coupled));
  vi.fit(coupled_data(), settings);
  const solution exact;
  CHECK(mean_bound(vi, coupled_data()) == Approx(exact.log_likelihood).margin(0.02));
  for (std::size_t j = 0; j < 3; ++j)
    CHECK(vi.parameter("q.a,b.param0.value")(j) == Approx(exact.mean[j]).margin(0.02));
  CHECK(vi.posterior<"b">(coupled_data()).shape() == array<double>::shape_type{2});
}

TEST_CASE("joint in the guide, separate priors in the model") {
  constexpr auto separate =
      model(b = ~normal(0.5, 0.8), a = ~normal(-0.2, 1.5), y = ~normal(a + sum(b), noise));
  constexpr auto together =
      guide(joint(a, b) =
                ~normal(mean = param<3>(), scale_tril = lower_cholesky(param<3, 3>(diagonal(-1)))));
  auto vi = infer<elbo<32>, double>(separate, together);
  static_assert(vi.estimator<"b">() == "pathwise");
  const auto seen = data(y = observed_sums);
  vi.fit(seen, settings);
  const double total = 1.5 * 1.5 + 2 * 0.8 * 0.8 + noise * noise / 2,
               average = (observed_sums(0) + observed_sums(1)) / 2 - 0.8,
               difference = observed_sums(0) - observed_sums(1);
  const double exact = -0.5 * (std::log(2 * std::numbers::pi * total) + average * average / total +
                               std::log(4 * std::numbers::pi * noise * noise) +
                               difference * difference / (2 * noise * noise));
  CHECK(mean_bound(vi, seen) == Approx(exact).margin(0.02));
}

TEST_CASE("joint in both, in the data plate: the exact posterior of every row") {
  // Identity prior: the posterior of (a, b0, b1) given the average of y has the precision
  // I + c·11ᵀ with c = 2/noise², so its mean is c/(1 + 3c) times that average in each component.
  constexpr auto rows_model = model(plate<"row">(joint(a, b) = ~normal(mean = m, scale_tril = root),
                                                 y = ~normal(a + sum(b), noise)));
  constexpr auto rows_guide = guide(
      plate<"row">(joint(a, b) = ~normal(mean = dense<3>(y),
                                         scale_tril = lower_cholesky(param<3, 3>(diagonal(-1))))));
  auto vi = infer<elbo<16>, double>(rows_model, rows_guide);
  const array<double> rows{{0.5, 1.1}, {-1.0, 0.4}, {2.0, 1.0}, {0.1, -2.0}};
  auto means = array<double>::from_shape({4, 3}), roots = array<double>::from_shape({4, 3, 3});
  means.fill(0);
  roots.fill(0);
  for (std::size_t r = 0; r < 4; ++r)
    for (std::size_t j = 0; j < 3; ++j) roots(r, j, j) = 1;
  const auto seen = data(y = rows, m = means, root = roots);
  vi.fit(seen, settings);
  const double n = noise * noise, total = 3 + n / 2;
  double exact = 0;
  for (std::size_t r = 0; r < 4; ++r) {
    const double average = (rows(r, 0) + rows(r, 1)) / 2, difference = rows(r, 0) - rows(r, 1);
    exact -= 0.125 * (std::log(2 * std::numbers::pi * total) + average * average / total +
                      std::log(4 * std::numbers::pi * n) + difference * difference / (2 * n));
  }
  CHECK(mean_bound(vi, seen) == Approx(exact).margin(0.02));
  const auto weight = vi.parameter("q.a,b.dense0.weight");
  const double c = 2 / n;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      CHECK(weight(i, j) == Approx(c / (1 + 3 * c) / 2).margin(0.03));
  CHECK(vi.posterior<"b">(seen).shape() == array<double>::shape_type{4, 2});
}

// Discrete latents: enumeration gives the bound without sampling error.

constexpr auto u = latent<"u">;
constexpr auto v = latent<"v", 1, 2>;

TEST_CASE("joint of binary variables under enumerated draws of the guide, and its draws") {
  constexpr auto binary =
      model(plate<"row">(joint(u, v) = ~bernoulli(logits = 0.4), y = ~normal(u + 2 * sum(v), 1)));
  constexpr auto apart = guide(plate<"row">(u = ~bernoulli(logits = -0.3).by(enumerate{}),
                                            v = ~bernoulli(logits = 0.9).by(enumerate{})));
  auto vi = infer<elbo<1>, double>(binary, apart);
  const array<double> rows{{0.5, 1.5}, {3.0, -1.0}};
  const auto loaded = vi.load(data(y = rows));
  const std::vector<std::uint32_t> ids{0, 1};
  double exact = 0;
  const auto log_probability = [](double x, double logit) {
    return x * logit - std::log1p(std::exp(logit));
  };
  for (int r = 0; r < 2; ++r)
    for (int value = 0; value < 8; ++value) {
      const double bits[3] = {double(value & 1), double(value >> 1 & 1), double(value >> 2)};
      double log_q = log_probability(bits[0], -0.3), log_p = 0;
      for (int j = 1; j < 3; ++j) log_q += log_probability(bits[j], 0.9);
      for (const double bit : bits) log_p += log_probability(bit, 0.4);
      for (int d = 0; d < 2; ++d) {
        const double e = rows(static_cast<std::size_t>(r), static_cast<std::size_t>(d)) - bits[0] -
                         2 * (bits[1] + bits[2]);
        log_p -= 0.5 * (e * e + std::log(2 * std::numbers::pi));
      }
      exact += std::exp(log_q) * (log_p - log_q) / 2;
    }
  CHECK(vi.gradient(loaded, ids).bound == Approx(exact).epsilon(1e-9));

  const auto draws = vi.sample<"v">(4000);
  REQUIRE(draws.shape() == array<double>::shape_type{4000, 1, 2});
  double mean = 0;
  for (const double x : draws) mean += x / 8000;
  const double p = 1 / (1 + std::exp(-0.4));
  // Five standard errors: a false alarm in two million.
  CHECK(std::abs(mean - p) < 5 * std::sqrt(p * (1 - p) / 8000));
}

}  // namespace
}  // namespace tests
