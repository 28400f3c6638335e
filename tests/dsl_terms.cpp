#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "value_of.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// A term counts once for each row of the plates that its statement stands in, whatever its
// parameters vary over, and everything has one scale: the objective is the log joint of all data.

namespace tests {
namespace {

using namespace variad;

constexpr auto y = observed<"y">;
constexpr auto side = observed<"side">;
constexpr auto u = observed<"u", 3>;
constexpr auto z = latent<"z">;
constexpr auto w = latent<"w">;
constexpr auto mu = quantity<"mu">;

const double log_2_pi = std::log(2 * std::numbers::pi);
double log_normal_density(double x, double mean, double scale) {
  const double r = (x - mean) / scale;
  return -0.5 * r * r - std::log(scale) - 0.5 * log_2_pi;
}

template <class Loaded>
std::vector<std::uint32_t> all_rows(const Loaded& data) {
  std::vector<std::uint32_t> rows(data.rows.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}
/// The objective of all rows and what its gradient adds up to over the values of a parameter.
template <class Inference, class Data>
std::pair<double, double> bound_and_gradient(Inference& vi, const Data& data,
                                             const std::string& parameter) {
  const auto loaded = vi.load(data);
  const double bound = vi.gradient(loaded, all_rows(loaded), {.seed = 3, .step = 1}).bound;
  double total = 0;
  for (const auto& p : vi.parameter_table())
    if (p.name == parameter)
      for (std::size_t i = 0; i < p.size; ++i) total += vi.gradient()[p.offset + i];
  return {bound, total};
}

const array<double> five_zeros{0, 0, 0, 0, 0};
const array<double> five_pairs{{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}};
const array<double> three_zeros{0, 0, 0};

// --- terms of draws whose parameters do not vary along the plate ---------------------------------

/// The latent z by a guide and a prior, in the data plate, within another there and beside it, with
/// a global latent or without; y and side are 0 and add −½ log 2π for each value.
enum class where { data, nested, beside };
template <where W, bool Global, class Prior>
constexpr auto model_of(const Prior& prior) {
  if constexpr (W == where::nested && Global)
    return model(w = ~normal(0, 1), plate<"row">(plate<"n", 2>(z = ~prior, y = ~normal(0, 1))));
  else if constexpr (W == where::nested)
    return model(plate<"row">(plate<"n", 2>(z = ~prior, y = ~normal(0, 1))));
  else if constexpr (W == where::beside && Global)
    return model(w = ~normal(0, 1), plate<"side", 3>(z = ~prior, side = ~normal(0, 1)),
                 plate<"row">(y = ~normal(0, 1)));
  else if constexpr (W == where::beside)
    return model(plate<"side", 3>(z = ~prior, side = ~normal(0, 1)),
                 plate<"row">(y = ~normal(0, 1)));
  else if constexpr (Global)
    return model(w = ~normal(0, 1), plate<"row">(z = ~prior, y = ~normal(0, 1)));
  else
    return model(plate<"row">(z = ~prior, y = ~normal(0, 1)));
}
template <where W, bool Global, class Guide>
constexpr auto guide_of(const Guide& q) {
  if constexpr (W == where::nested && Global)
    return guide(w = ~normal(0, 1), plate<"row">(plate<"n", 2>(z = ~q)));
  else if constexpr (W == where::nested)
    return guide(plate<"row">(plate<"n", 2>(z = ~q)));
  else if constexpr (W == where::beside && Global)
    return guide(w = ~normal(0, 1), plate<"side", 3>(z = ~q));
  else if constexpr (W == where::beside)
    return guide(plate<"side", 3>(z = ~q));
  else if constexpr (Global)
    return guide(w = ~normal(0, 1), plate<"row">(z = ~q));
  else
    return guide(plate<"row">(z = ~q));
}
template <where W>
constexpr double copies = W == where::data     ? 5
                          : W == where::nested ? 10
                                               : 3;
template <where W>
constexpr double values_of_data = W == where::data     ? 5
                                  : W == where::nested ? 10
                                                       : 8;
template <where W, class Inference, class F>
auto with_data(Inference& vi, F&& f) {
  if constexpr (W == where::beside)
    return f(vi, data(y = five_zeros, side = three_zeros));
  else if constexpr (W == where::nested)
    return f(vi, data(y = five_pairs));
  else
    return f(vi, data(y = five_zeros));
}

/// Compares shared parameters with those of each row at the same values, which draw the same, and
/// the bound with −KL for each copy of z and −½ log 2π for each value of the data.
template <where W, bool Global, class Objective = elbo<1>, class Prior, class Shared, class Rows>
void check_divergence(const Prior& prior, const Shared& shared, const Rows& rows, double divergence,
                      double margin) {
  auto one = infer<Objective, double>(model_of<W, Global>(prior), guide_of<W, Global>(shared));
  auto each = infer<Objective, double>(model_of<W, Global>(prior), guide_of<W, Global>(rows));
  const auto found = [](auto& vi, const auto& d) {
    return bound_and_gradient(vi, d, "q.z.param0.value");
  };
  const auto a = with_data<W>(one, found), b = with_data<W>(each, found);
  CAPTURE(static_cast<int>(W), Global);
  CHECK(a.first == Approx(b.first).epsilon(1e-12));
  CHECK(a.second == Approx(b.second).epsilon(1e-12));
  const double right = (-values_of_data<W> * 0.5 * log_2_pi - copies<W> * divergence) / 5;
  CHECK(a.first == Approx(right).margin(margin + 1e-12));
}
template <class Objective = elbo<1>, class Prior, class Shared, class Rows>
void check_everywhere(const Prior& prior, const Shared& shared, const Rows& rows, double divergence,
                      double margin = 0) {
  check_divergence<where::data, true, Objective>(prior, shared, rows, divergence, margin);
  check_divergence<where::nested, false, Objective>(prior, shared, rows, divergence, margin);
  check_divergence<where::beside, false, Objective>(prior, shared, rows, divergence, margin);
}

TEST_CASE("a KL of shared parameters counts for each row") {
  constexpr auto q = normal(param<>(constant(1)), 1);
  constexpr auto each = normal(row_param<>(constant(1)), 1);
  check_everywhere(normal(0, 1), q, each, 0.5);
  check_divergence<where::data, false>(normal(0, 1), q, each, 0.5, 0);
  check_divergence<where::nested, true>(normal(0, 1), q, each, 0.5, 0);
  check_divergence<where::beside, true>(normal(0, 1), q, each, 0.5, 0);
}

TEST_CASE("an entropy of shared parameters counts for each row") {
  // E|z| of N(1, 1), for the prior of Laplace.
  const double mean_size =
      std::sqrt(2 / std::numbers::pi) * std::exp(-0.5) + std::erf(1 / std::numbers::sqrt2);
  const double divergence = std::log(2.0) + mean_size - 0.5 * (log_2_pi + 1);
  // 10⁴ and more draws, of standard deviation 0.8: five standard errors of the sum over rows.
  check_everywhere<elbo<2000>>(laplace(0, 1), normal(param<>(constant(1)), 1),
                               normal(row_param<>(constant(1)), 1), divergence, 0.1);
}

TEST_CASE("so does a KL of two categories") {
  const double p = 1 / (1 + std::exp(-1.0));
  check_everywhere(bernoulli(logits = 0), bernoulli(logits = param<>(constant(1))),
                   bernoulli(logits = row_param<>(constant(1))),
                   p - std::log1p(std::exp(1.0)) + std::log(2.0));
}

// --- one scale -----------------------------------------------------------------------------------

array<double> ones(std::size_t n) { return xt::ones<double>({n}); }

// u stands once, y for each row; their mean is a parameter of the model.
constexpr auto beside_rows =
    model(mu = param<>(), u = ~normal(mu, 1), plate<"row">(y = ~normal(mu, 1)));
constexpr auto nothing_drawn = guide();

TEST_CASE("what stands outside the data plate counts once") {
  auto vi = infer<elbo<1>, double>(beside_rows, nothing_drawn);
  const auto d = data(u = three_zeros, y = ones(300));
  vi.fit(d, {.epochs = 600,
             .batch = 100,
             .optimizer = adam{schedules::stepwise({{0, 1e-2}, {900, 1e-3}})},
             .progress = false});
  CHECK(vi.parameter("p.mu.param0.value")() == Approx(300.0 / 303).margin(2e-3));

  vi.set_parameter("p.mu.param0.value", array<double>(0.5));
  const double total = 303 * log_normal_density(0, 0.5, 1);
  CHECK(value_of(vi.bound(d)) == Approx(total / 300).epsilon(1e-12));
  const auto found = bound_and_gradient(vi, d, "p.mu.param0.value");
  CHECK(found.first == Approx(total / 300).epsilon(1e-12));
  CHECK(found.second == Approx((300 * 0.5 - 3 * 0.5) / 300).epsilon(1e-12));
  // Each datum has its own; the rest is of all together.
  const auto each = vi.log_likelihood_per_datum(d, samples(1));
  REQUIRE(each.size() == 300);
  CHECK(each[17] == Approx(log_normal_density(1, 0.5, 1)).epsilon(1e-12));
  CHECK(value_of(vi.log_likelihood(d, samples(1))) == Approx(total / 300).epsilon(1e-12));
}

TEST_CASE("under importance weights, too") {
  auto vi = infer<iwae<5>, double>(model(mu = param<>(), u = ~normal(mu, 1),
                                         plate<"row">(z = ~normal(mu, 1), y = ~normal(z, 1))),
                                   guide(plate<"row">(z = ~normal(0.5, std::sqrt(0.5)))));
  // With y = 1 and mu = 0 the guide is the posterior: every weight is N(y; 0, √2).
  const auto d = data(u = three_zeros, y = ones(10));
  const double total =
      3 * log_normal_density(0, 0, 1) + 10 * log_normal_density(1, 0, std::numbers::sqrt2);
  CHECK(value_of(vi.bound(d)) == Approx(total / 10).epsilon(1e-9));
  const auto found = bound_and_gradient(vi, d, "p.mu.param0.value");
  CHECK(found.first == Approx(total / 10).epsilon(1e-9));
  CHECK(value_of(vi.log_likelihood(d, samples(20))) == Approx(total / 10).epsilon(1e-9));
}

TEST_CASE("a plate of stated size counts in all") {
  auto vi = infer<elbo<1>, double>(
      model(mu = param<>(constant(0.5)), plate<"row", 5>(y = ~normal(mu, 1))), nothing_drawn);
  const auto d = data(y = five_zeros);
  const double total = 5 * log_normal_density(0, 0.5, 1);
  CHECK(value_of(vi.bound(d)) == Approx(total).epsilon(1e-12));
  const auto found = bound_and_gradient(vi, d, "p.mu.param0.value");
  CHECK(found.first == Approx(total).epsilon(1e-12));
  CHECK(found.second == Approx(-2.5).epsilon(1e-12));
}

TEST_CASE("a global latent changes no unit") {
  // With w at its prior the bound is the same as without; the batches of an epoch add up to it.
  auto with = infer<elbo<1>, double>(model(w = ~normal(0, 1), mu = param<>(), u = ~normal(mu, 1),
                                           plate<"row">(y = ~normal(mu, 1))),
                                     guide(w = ~normal(0, 1)));
  auto without = infer<elbo<1>, double>(beside_rows, nothing_drawn);
  const auto d = data(u = three_zeros, y = ones(7));
  const auto a = bound_and_gradient(with, d, "p.mu.param0.value"),
             b = bound_and_gradient(without, d, "p.mu.param0.value");
  CHECK(a.first == Approx(b.first).epsilon(1e-12));
  CHECK(a.second == Approx(b.second).epsilon(1e-12));
  CHECK(value_of(with.bound(d)) == Approx(value_of(without.bound(d))).epsilon(1e-12));

  const auto loaded = with.load(d);
  double bound = 0, gradient = 0;
  for (const std::vector<std::uint32_t>& batch :
       {std::vector<std::uint32_t>{0, 1, 2, 3}, std::vector<std::uint32_t>{4, 5, 6}}) {
    const double share = static_cast<double>(batch.size()) / 7;
    bound += share * with.gradient(loaded, batch, {.seed = 3, .step = 1}).bound;
    gradient += share * with.gradient()[with.parameter_table()[0].offset];
  }
  CHECK(bound == Approx(a.first).epsilon(1e-12));
  CHECK(gradient == Approx(a.second).epsilon(1e-12));
}

// --- queries -------------------------------------------------------------------------------------

constexpr auto v = observed<"v", 3>;
constexpr auto m = latent<"m">;
using shape_type = array<double>::shape_type;
array<double> zeros(std::size_t n) { return xt::zeros<double>({n}); }

constexpr auto with_outside =
    model(m = ~normal(2, 0.1), v = ~normal(m, 0.1), plate<"row">(y = ~normal(m, 0.1)));

TEST_CASE("queries of what stands outside the data plate") {
  auto vi = infer<elbo<1>, double>(with_outside, guide(m = ~normal(2, 0.1)));
  const auto d = data(v = zeros(3), y = zeros(250));
  const auto mean = vi.predict<"v">(d);
  REQUIRE(mean.shape() == shape_type{3});
  const auto draw = vi.posterior<"m">(d);
  CHECK(mean(1) == draw());
  CHECK(vi.predict<"v">(d, samples(4)).shape() == shape_type{3});
  CHECK(vi.predict<"y">(d).shape() == shape_type{250});

  // Each of n is a draw of its own.
  for (const auto& found : {vi.sample<"v">(40), vi.generate<"v">(40)}) {
    REQUIRE(found.shape() == shape_type{40, 3});
    double sum = 0, square = 0;
    for (std::size_t i = 0; i < 40; ++i) {
      sum += found(i, 0);
      square += found(i, 0) * found(i, 0);
    }
    // Of N(2, 0.02) and N(2, 0.01): five standard errors.
    CHECK(sum / 40 == Approx(2).margin(5 * std::sqrt(0.02 / 40)));
    CHECK(square / 40 - sum * sum / 1600 > 0.003);
  }
  CHECK(vi.sample<"m">(5).shape() == shape_type{5});
  CHECK(vi.sample<"y">(5).shape() == shape_type{5});
}

TEST_CASE("rows of a plate of stated size are as many as it says") {
  auto vi = infer<elbo<1>, double>(model(m = ~normal(0, 1), plate<"row", 4>(y = ~normal(m, 1))),
                                   guide(m = ~normal(0, 1)));
  CHECK(vi.sample<"y">(4).shape() == shape_type{4});
  CHECK_THROWS_WITH(vi.sample<"y">(7), Catch::Contains("found 7 rows") &&
                                           Catch::Contains("plate 'row'") && Catch::Contains("4"));
}

TEST_CASE("a bound sums over what the guide enumerates") {
  constexpr auto b = latent<"b">;
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(b = ~bernoulli(logits = 0.4), y = ~normal(3 * b, 1))),
      guide(plate<"row">(b = ~bernoulli(logits = -0.2).by(enumerate{}))));
  const double q = 1 / (1 + std::exp(0.2)), p = 1 / (1 + std::exp(-0.4));
  const double exact = q * (log_normal_density(0, 3, 1) + std::log(p / q)) +
                       (1 - q) * (log_normal_density(0, 0, 1) + std::log((1 - p) / (1 - q)));
  CHECK(value_of(vi.bound(data(y = zeros(3)))) == Approx(exact).epsilon(1e-12));
}

}  // namespace
}  // namespace tests
