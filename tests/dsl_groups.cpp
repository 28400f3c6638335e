#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "count_allocations.hpp"
#include "estimator_check.hpp"
#include "scratch_folder.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// Indices in the data: rows of tables and of other plates that they choose, and plates that take
// their sizes from the data beside the one whose rows make batches.

namespace tests {
namespace {

using namespace variad;
using variad_tests::has;
using variad_tests::message_of;
using variad_tests::scratch_folder;

constexpr auto y = observed<"y">;
constexpr auto county = given<"county">;
constexpr auto chosen = given<"chosen", 4>;
constexpr auto words = given<"words", 2>;
constexpr auto level = given<"level">;
constexpr auto a = latent<"a">;
constexpr auto mu = latent<"mu">;
constexpr auto kind = latent<"kind">;
constexpr auto on = latent<"on">;
constexpr auto level_of = observed<"level_of">;
constexpr auto shift = quantity<"shift">;

const array<double> ys{1, 2, 0.5, -1, 0.3, 0.8}, counties{0, 2, 3, 1, 0, 2};
const std::vector<std::uint32_t> all_rows{0, 1, 2, 3, 4, 5};

bool same_values(const array<double>& v, const array<double>& w) {
  return std::equal(v.begin(), v.end(), w.begin(), w.end());
}

TEST_CASE("rows of a table by indices are those by one-hot rows") {
  auto one = infer<elbo<1>, double>(
      model(plate<"row">(y = ~normal(sum(take(param<4, 3>(), county)), 1))), guide());
  auto other = infer<elbo<1>, double>(
      model(plate<"row">(y = ~normal(sum(matmul(chosen, param<4, 3>())), 1))), guide());
  spread_parameters(one);
  spread_parameters(other);
  array<double> rows = xt::zeros<double>({6, 4});
  for (std::size_t i = 0; i < 6; ++i) rows(i, static_cast<std::size_t>(counties(i))) = 1;
  const double found = one.gradient(one.load(data(y = ys, county = counties)), all_rows).bound;
  CHECK(found == Approx(other.gradient(other.load(data(y = ys, chosen = rows)), all_rows).bound));
  const auto g = gradient_of(one, "p.y.param0.value"), h = gradient_of(other, "p.y.param0.value");
  for (std::size_t i = 0; i < g.size(); ++i) CHECK(g[i] == Approx(h[i]).epsilon(1e-12));

  // Several indices a row, and an embedding of them.
  const array<double> pairs{{0, 1}, {2, 2}, {1, 0}, {2, 0}, {1, 1}, {0, 0}};
  auto two = infer<elbo<1>, double>(
      model(plate<"row">(y = ~normal(sum(embedding<3, 2>(words)), 1))), guide());
  spread_parameters(two);
  const auto table = two.parameter("p.y.param0.value");
  double expected = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    double mean = 0;
    for (std::size_t j = 0; j < 2; ++j)
      for (std::size_t d = 0; d < 2; ++d) mean += table(static_cast<std::size_t>(pairs(i, j)), d);
    expected += log_normal_density(ys(i), mean, 1) / 6;
  }
  CHECK(two.gradient(two.load(data(y = ys, words = pairs)), all_rows).bound == Approx(expected));
}

TEST_CASE("an index beyond the table names column and row") {
  auto vi = infer<elbo<1>, double>(model(plate<"row">(y = ~normal(take(param<4>(), county), 1))),
                                   guide());
  for (const double bad : {4.0, -1.0, 0.5}) {
    array<double> wrong = counties;
    wrong(3) = bad;
    CHECK_THAT(message_of([&] { (void)vi.load(data(y = ys, county = wrong)); }),
               has("'county', row 3") && has("an index") && has("0 to 3"));
  }
}

// --- plates beside the data plate ----------------------------------------------------------------

/// mu ~ N(0, 1), a_j ~ N(mu + 0.5 level_j, 0.7²), y_i ~ N(a_{county i}, 0.6²).
constexpr auto p = model(mu = ~normal(0, 1), plate<"county">(a = ~normal(mu + 0.5 * level, 0.7)),
                         plate<"row">(y = ~normal(take(a, county), 0.6)));
const array<double> levels{0.3, -1, 0.5, 2};

/// Its elbo by the means and log-scales of independent draws.
double elbo_by_hand(const parameters& q) {
  const double m = q.at("q.mu.param0.value")[0], s = std::exp(q.at("q.mu.param1.value")[0]);
  double total = -0.5 * (m * m + s * s - 1) + std::log(s);
  for (std::size_t j = 0; j < 4; ++j) {
    const double mean = q.at("q.a.param0.value")[j], scale = std::exp(q.at("q.a.param1.value")[j]);
    const double d = mean - m - 0.5 * levels(j);
    total += std::log(scale / 0.7) + 0.5 - 0.5 * (scale * scale + d * d + s * s) / 0.49;
  }
  for (std::size_t i = 0; i < 6; ++i) {
    const auto j = static_cast<std::size_t>(counties(i));
    const double mean = q.at("q.a.param0.value")[j], scale = std::exp(q.at("q.a.param1.value")[j]);
    total += log_normal_density(ys(i), mean, 0.6) - 0.5 * scale * scale / 0.36;
  }
  return total / 6;
}

TEST_CASE("a plate sized by the data beside the data plate: values, gradients, queries") {
  const auto d = data(y = ys, county = counties, level = levels);
  auto vi = infer<elbo<2>, double>(p, mean_field(p));
  CHECK(vi.estimator<"a">() == "pathwise");
  const auto loaded = vi.load(d);
  vi.gradient(loaded, all_rows);  // which lays out what the rows of the plate own
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, loaded, 4000), finite_differences(elbo_by_hand, at),
                   elbo_by_hand(at));

  // A step allocates nothing; threads and batches do not move the bits.
  const std::vector<std::uint32_t> some{1, 3, 4};
  vi.gradient(loaded, some, {.step = 1});
  const std::vector<double> before(vi.gradient().begin(), vi.gradient().end());
  const std::size_t allocated = variad_tests::allocations.load();
  vi.gradient(loaded, some, {.step = 1});
  CHECK(variad_tests::allocations.load() == allocated);
  vi.use_threads(2);
  vi.gradient(loaded, some, {.step = 1});
  CHECK(std::equal(before.begin(), before.end(), vi.gradient().begin()));

  CHECK(vi.posterior<"a">(d).size() == 4);
  const auto drawn = vi.posterior<"a">(d, 7);
  const auto predicted = vi.predict<"y">(d, 7);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(predicted(i) == drawn(static_cast<std::size_t>(counties(i))));
}

TEST_CASE("data may lack groups that were there, and have none that were not") {
  auto vi = infer<elbo<1>, double>(p, mean_field(p));
  vi.fit(data(y = ys, county = counties, level = levels),
         {.epochs = 2, .batch = 3, .log = nullptr});
  auto bare = infer<elbo<1>, double>(
      model(mu = ~normal(0, 1), plate<"county">(a = ~normal(mu, 0.7)),
            plate<"row">(y = ~normal(take(a, county), 0.6))),
      guide(mu = ~normal(param<>(), 1), plate<"county">(a = ~normal(row_param<>(), 0.5))));
  bare.fit(data(y = ys, county = counties), {.epochs = 2, .batch = 3, .log = nullptr});
  const array<double> fewer{1, 0};
  CHECK(bare.predict<"y">(data(county = fewer)).size() == 2);
  CHECK(bare.posterior<"a">(data(county = fewer)).size() == 4);
  const array<double> more{1, 4};
  CHECK_THAT(message_of([&] {
               (void)bare.bound(data(y = array<double>{0.3, 0.1}, county = more), samples(2));
             }),
             has("5 rows of plate 'county'") && has("at most the 4"));

  // A size that is said, one that does not fit, and none.
  auto said = infer<elbo<1>, double>(p, mean_field(p));
  CHECK_THAT(message_of([&] {
               (void)said.load(data(y = ys, county = counties, level = array<double>{1, 2}));
             }),
             has("'county', row 1") && has("index of plate 'county'") && has("0 to 1"));
  CHECK_THAT(
      message_of([&] {
        (void)said.load(data(y = ys, county = counties, level = levels, groups<"county">(5)));
      }),
      has("plate 'county'") && has("4") && has("5"));
  auto sized = infer<elbo<1>, double>(
      model(plate<"county">(a = ~normal(0, 1)), plate<"row">(y = ~normal(take(a, county), 1))),
      guide(plate<"county">(a = ~normal(row_param<>(), 1))));
  sized.gradient(sized.load(data(y = ys, county = counties, groups<"county">(9))), all_rows);
  CHECK(sized.parameter("q.a.param0.value").size() == 9);
}

TEST_CASE("rows of a plate belong to what was learnt, not to queries before it") {
  const auto county_model = model(mu = ~normal(0, 1), plate<"county">(a = ~normal(mu, 0.7)),
                                  plate<"row">(y = ~normal(take(a, county), 0.6)));
  const auto county_guide =
      guide(mu = ~normal(param<>(), 1), plate<"county">(a = ~normal(row_param<>(), 0.5)));
  const auto few = data(county = array<double>{0, 1}), many = data(county = array<double>{5, 1});
  const auto train = data(y = ys, county = counties);
  const fit_options options{.epochs = 2, .batch = 3, .log = nullptr};
  auto vi = infer<elbo<1>, double>(county_model, county_guide);
  auto straight = infer<elbo<1>, double>(county_model, county_guide);
  straight.fit(train, options);
  const array<double> learnt = straight.parameter("q.a.param0.value");
  REQUIRE(learnt.size() == 4);
  for (const bool unseen : {false, true}) {
    const auto& before = unseen ? many : few;
    vi.initialise(options.seed);
    CHECK(vi.predict<"y">(before).size() == 2);
    CHECK(vi.prior_sample<"y">(before).size() == 2);
    CHECK(vi.posterior<"a">(before).size() == (unseen ? 6u : 2u));
    vi.fit(train, options);
    CHECK(same_values(vi.parameter("q.a.param0.value"), learnt));
  }
  CHECK_THAT(message_of([&] {
               vi.fit(data(y = array<double>{0, 1}, county = array<double>{5, 1}), options);
             }),
             has("6 rows of plate 'county'") && has("initialise(seed) forgets these"));
  // Data that were loaded before have their own number of rows again.
  const auto loaded = vi.load(data(y = ys, county = array<double>{0, 1, 1, 0, 0, 1}));
  vi.gradient(loaded, all_rows);
  CHECK(vi.parameter("q.a.param0.value").size() == 4);
  vi.initialise(options.seed);
  vi.gradient(loaded, all_rows);
  CHECK(vi.parameter("q.a.param0.value").size() == 2);
  // A parameter that has no rows settles none.
  vi.initialise(options.seed);
  auto shifted = vi.parameter("q.mu.param0.value");
  shifted.fill(0.25);
  vi.set_parameter("q.mu.param0.value", shifted);
  CHECK(vi.predict<"y">(few).size() == 2);
  vi.gradient(vi.load(train), all_rows);
  CHECK(vi.parameter("q.a.param0.value").size() == 4);
  CHECK(vi.parameter("q.mu.param0.value")() == 0.25);
  // What draws from priors alone knows no rows.
  CHECK(vi.prior_sample<"y">(many).size() == 2);
  CHECK(vi.generate<"y">(many).size() == 2);

  auto by_row = infer<elbo<1>, double>(model(plate<"row">(a = ~normal(0, 1), y = ~normal(a, 1))),
                                       guide(plate<"row">(a = ~normal(row_param<>(), 1))));
  CHECK(by_row.posterior<"a">(data(y = array<double>{1, 2})).size() == 2);
  by_row.fit(data(y = ys), options);
  CHECK_THAT(message_of([&] {
               (void)by_row.posterior<"a">(data(y = array<double>{1, 2}));
             }),
             has("found data of 2 rows") && has("initialise(seed) to forget these"));
}

// 2,000 draws a figure: means and variances within 4.5 standard errors, four figures, so that fewer
// than one in 30,000 seeds fail.
TEST_CASE("latents of groups that training did not see are drawn from their priors") {
  auto vi = infer<elbo<1>, double>(
      model(mu = ~normal(0, 1), plate<"county">(a = ~normal(mu, 0.7)),
            plate<"row">(y = ~normal(take(a, county), 0.6))),
      guide(mu = ~normal(param<>(), 0.1), plate<"county">(a = ~normal(row_param<>(), 0.5))));
  vi.gradient(vi.load(data(y = ys, county = counties)), all_rows);
  array<double> two = vi.parameter("q.mu.param0.value");
  two.fill(2);
  vi.set_parameter("q.mu.param0.value", two);
  vi.set_parameter("q.a.param0.value", {10, 20, 30, 40});
  const array<double> more{1, 5, 0};
  constexpr std::size_t n = 2000;
  std::vector<double> seen, unseen, observed_of_unseen, others;
  for (std::uint64_t seed = 0; seed < n; ++seed) {
    const array<double> drawn = vi.posterior<"a">(data(county = more), seed);
    REQUIRE(drawn.size() == 6);
    seen.push_back(drawn(1) - 20);
    unseen.push_back(drawn(5) - 2);
    others.push_back(drawn(4) - 2);
    observed_of_unseen.push_back(vi.sample<"y">(data(county = more), seed)(1) - 2);
  }
  const auto moments = [](const std::vector<double>& x, double variance) {
    double mean = 0, square = 0;
    for (const double v : x) {
      mean += v / n;
      square += v * v / n;
    }
    CHECK(std::abs(mean) < 4.5 * std::sqrt(variance / n));
    CHECK(std::abs(square - variance) < 4.5 * variance * std::sqrt(2.0 / n));
  };
  moments(seen, 0.25);
  moments(unseen, 0.7 * 0.7 + 0.01);
  moments(observed_of_unseen, 0.7 * 0.7 + 0.01 + 0.36);
  moments(others, 0.7 * 0.7 + 0.01);
}

TEST_CASE("what training did not see is drawn from priors or refused, and never made up") {
  constexpr auto size_of = latent<"size_of">;
  constexpr auto slope = quantity<"slope">;
  constexpr auto height = partly_observed<"height">;
  const array<double> more{1, 5, 0};
  const auto trained = [](auto vi, const auto&... also) {
    vi.gradient(vi.load(data(y = ys, county = counties, also...)), all_rows);
    return vi;
  };
  const auto refusal = [&](auto& vi, const auto&... also) {
    return message_of([&] { (void)vi.template predict<"y">(data(county = more, also...)); });
  };

  // A scale of each group, which of none would be 0; a small query of many groups.
  auto scaled = trained(
      infer<elbo<1>, double>(
          model(plate<"county">(a = ~normal(0, 1)), plate<"row">(y = ~normal(take(a, county), 1))),
          guide(plate<"county">(a = ~normal(row_param<>(), row_param<>(constant(1)))))),
      groups<"county">(6000));
  CHECK(scaled.predict<"y">(data(county = array<double>{5000, 6500})).size() == 2);
  CHECK(scaled.prior_sample<"y">(data(county = counties)).size() == 6);

  // Numbers of each group that are no draw of it: of the model, and of another draw of the guide.
  auto fixed =
      trained(infer<elbo<1>, double>(model(plate<"county">(slope = row_param<>()),
                                           plate<"row">(y = ~normal(take(slope, county), 1))),
                                     guide()));
  CHECK_THAT(refusal(fixed), has("6 rows of plate 'county'") && has("'slope' is made of"));
  auto read = trained(
      infer<elbo<1>, double>(model(plate<"row">(size_of = ~normal(0, 1), y = ~normal(size_of, 1))),
                             guide(plate<"county">(slope = row_param<>()),
                                   plate<"row">(size_of = ~normal(take(slope, county), 1)))));
  CHECK_THAT(refusal(read), has("'size_of' is made of"));
  auto chained = trained(infer<elbo<1>, double>(
      model(plate<"county">(a = ~normal(0, 1), size_of = ~normal(a, 1)),
            plate<"row">(y = ~normal(take(size_of, county), 1))),
      guide(plate<"county">(a = ~normal(row_param<>(), 1), size_of = ~normal(a, 1)))));
  CHECK_THAT(refusal(chained), has("the guide draws 'size_of' given"));

  // The guide has no distribution of them; what is known of them is as it is.
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  auto known_in_part =
      trained(infer<elbo<1>, double>(model(plate<"county">(height = ~normal(0, 1)),
                                           plate<"row">(y = ~normal(take(height, county), 1))),
                                     guide(plate<"county">(height = ~normal(row_param<>(), 1)))),
              height = array<double>{1, nan, 3, nan});
  const auto six = data(county = more, height = array<double>{1, nan, 3, nan, 7, nan});
  const auto heights = known_in_part.posterior<"height">(six);
  CHECK(heights(0) == 1);
  CHECK(heights(4) == 7);
  CHECK(heights(5) != 0);
  CHECK_THAT(message_of([&] { (void)known_in_part.predict<"height">(six); }),
             has("no distribution of 'height'"));
}

TEST_CASE("indices that are of another kind are refused") {
  auto vi = infer<elbo<1>, double>(
      model(plate<"county">(a = ~normal(0, 1)), plate<"row">(y = ~normal(take(a, county), 1))),
      guide(plate<"county">(a = ~normal(row_param<>(), 1))));
  const auto refusal = [&](const array<double>& index) {
    return message_of([&] { vi.gradient(vi.load(data(y = ys, county = index)), all_rows); });
  };
  CHECK_THAT(refusal({0, 94107, 1, 0, 2, 1}), has("the index 94107") && has("in data of 6 rows") &&
                                                  has("94108 rows") && has("groups<\"county\">"));
  CHECK_THAT(refusal({0, 1, 1, -1, 2, 1}), has("'county', row 3") && has("whole number from 0"));
  CHECK_THAT(refusal({0, 1, 1, std::nan(""), 2, 1}),
             has("'county', row 3") && has("an index has no gaps"));
  CHECK_THAT(
      message_of([&] { (void)vi.load(data(y = ys, county = counties, groups<"county">(0))); }),
      has("0 rows by groups"));
}

TEST_CASE("a checkpoint knows how many rows such a plate had") {
  const scratch_folder folder;
  const std::string path = folder / "groups.safetensors";
  const auto d = data(y = ys, county = counties, level = levels);
  auto vi = infer<elbo<1>, double>(p, mean_field(p));
  vi.fit(d, {.epochs = 3, .batch = 3, .checkpoint = path, .log = nullptr});
  auto other = infer<elbo<1>, double>(p, mean_field(p));
  other.load_checkpoint(path);
  CHECK(same_values(other.predict<"y">(d, 3), vi.predict<"y">(d, 3)));
  vi.fit(d, {.epochs = 5, .batch = 3, .checkpoint = path, .resume = true, .log = nullptr});
  auto straight = infer<elbo<1>, double>(p, mean_field(p));
  straight.fit(d, {.epochs = 5, .batch = 3, .log = nullptr});
  CHECK(same_values(straight.parameter("q.a.param0.value"), vi.parameter("q.a.param0.value")));
}

TEST_CASE("a plate of stated size is indexed alike, and a quantity of it") {
  auto vi = infer<elbo<1>, double>(
      model(plate<"county", 4>(a = ~normal(0, 1), shift = 2 * a + param<>()),
            plate<"row">(y = ~normal(take(shift, county), 0.6))),
      guide(plate<"county", 4>(a = ~normal(row_param<>(), exp(row_param<>())))));
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto by_hand = [&](const parameters& q) {
    double total = 0;
    const double b = q.at("p.shift.param0.value")[0];
    for (std::size_t j = 0; j < 4; ++j) {
      const double m = q.at("q.a.param0.value")[j], s = std::exp(q.at("q.a.param1.value")[j]);
      total += std::log(s) - 0.5 * (m * m + s * s - 1);
    }
    for (std::size_t i = 0; i < 6; ++i) {
      const auto j = static_cast<std::size_t>(counties(i));
      const double m = q.at("q.a.param0.value")[j], s = std::exp(q.at("q.a.param1.value")[j]);
      total += log_normal_density(ys(i), 2 * m + b, 0.6) - 0.5 * 4 * s * s / 0.36;
    }
    return total / 6;
  };
  require_unbiased(mean_gradient(vi, vi.load(data(y = ys, county = counties)), 4000),
                   finite_differences(by_hand, at), by_hand(at));
  array<double> wrong = counties;
  wrong(2) = 4;
  CHECK_THAT(message_of([&] { (void)vi.load(data(y = ys, county = wrong)); }),
             has("'county', row 2") && has("0 to 3"));
}

/// A kind of each group, and a switch of each row that reads it; with data outside the data plate.
template <class K, class S>
auto kinds(const K& how, const S& switched) {
  return infer<elbo<1>, double>(
      model(plate<"county">(kind = ~bernoulli(logits = 0.3), level_of = ~normal(kind, 1)),
            plate<"row">(on = ~bernoulli(logits = take(kind, county)),
                         y = ~normal(2 * take(kind, county) + on - param<>(), 1))),
      guide(
          plate<"county">(kind = ~bernoulli(logits = row_param<>()).by(how)),
          plate<"row">(
              on = ~bernoulli(logits = param<>() * take(kind, county) + param<>()).by(switched))));
}
double kinds_by_hand(const parameters& q) {
  const double b = q.at("p.y.param0.value")[0], slope = q.at("q.on.param0.value")[0],
               at_zero = q.at("q.on.param1.value")[0];
  const auto sigmoid = [](double l) { return 1 / (1 + std::exp(-l)); };
  const auto log_bernoulli = [&](int v, double l) { return std::log(sigmoid(v == 1 ? l : -l)); };
  double total = 0;
  for (std::size_t j = 0; j < 4; ++j)
    for (const int v : {0, 1}) {
      const double logit = q.at("q.kind.param0.value")[j];
      double inner =
          log_bernoulli(v, 0.3) - log_bernoulli(v, logit) + log_normal_density(levels(j), v, 1);
      for (std::size_t i = 0; i < 6; ++i) {
        if (counties(i) != static_cast<double>(j)) continue;
        const double l = slope * v + at_zero;
        for (const int o : {0, 1})
          inner += std::exp(log_bernoulli(o, l)) * (log_bernoulli(o, v) - log_bernoulli(o, l) +
                                                    log_normal_density(ys(i), 2 * v + o - b, 1));
      }
      total += std::exp(log_bernoulli(v, logit)) * inner;
    }
  return total / 6;
}
template <class K, class S>
void check_kinds(const K& how, const S& switched, std::size_t steps) {
  INFO(K::traits.name << " over " << S::traits.name);
  auto vi = kinds(how, switched);
  const auto loaded = vi.load(data(y = ys, county = counties, level_of = levels));
  vi.gradient(loaded, all_rows);
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, loaded, steps), finite_differences(kinds_by_hand, at),
                   kinds_by_hand(at));
}

TEST_CASE("rows of a plate within the data plate are taken together") {
  constexpr auto seen = observed<"seen">;
  constexpr auto site = latent<"site">;
  auto vi = infer<elbo<1>, double>(model(plate<"row">(plate<"site", 3>(site = ~normal(0, 1)),
                                                      seen = ~normal(sum(site, over<"site">), 2))),
                                   guide(plate<"row">(plate<"site", 3>(site = ~normal(0.1, 1)))));
  const auto d = data(seen = array<double>{0.5, -1});
  // E log N(y | Σ, 2) with Σ of mean 0.3 and variance 3, and three KL of 0.005.
  double expected = 0;
  for (const double v : {0.5, -1.0})
    expected -= std::log(2) + 0.5 * std::log(2 * std::numbers::pi) +
                ((v - 0.3) * (v - 0.3) + 3) / 8 + 0.015;
  const bound_estimate found = vi.bound(d, samples(20000));
  CHECK(std::abs(found.value - expected / 2) < 4.5 * found.standard_error);
}

// Of each row one of three draws of its own is seen.
template <class K>
void check_nearest(const K& how, std::size_t steps) {
  INFO(K::traits.name);
  constexpr auto nearest = given<"nearest">;
  const array<double> index{2, 0, 1, 1, 0, 2};
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(plate<"site", 3>(kind = ~bernoulli(logits = 0.3)),
                         y = ~normal(param<>() * take(kind, nearest), 0.8))),
      guide(plate<"row">(plate<"site", 3>(kind = ~bernoulli(logits = row_param<>()).by(how)))));
  const auto loaded = vi.load(data(y = ys, nearest = index));
  vi.gradient(loaded, all_rows);
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto by_hand = [&](const parameters& q) {
    double total = 0;
    for (std::size_t i = 0; i < 6; ++i)
      for (std::size_t site = 0; site < 3; ++site) {
        const double one = 1 / (1 + std::exp(-q.at("q.kind.param0.value")[3 * i + site]));
        const double prior = 1 / (1 + std::exp(-0.3));
        for (const double v : {0.0, 1.0}) {
          const double share = v > 0 ? one : 1 - one;
          total += share * std::log((v > 0 ? prior : 1 - prior) / share);
          if (static_cast<double>(site) == index(i))
            total += share * log_normal_density(ys(i), v * q.at("p.y.param0.value")[0], 0.8);
        }
      }
    return total / 6;
  };
  require_unbiased(mean_gradient(vi, loaded, steps), finite_differences(by_hand, at), by_hand(at));
}

TEST_CASE("rows of a plate within the data plate are taken by an index") {
  check_nearest(enumerate{}, 2);
  check_nearest(local_expectation{}, 2000);
  check_nearest(score_function(baselines::moving{}), 8000);
}

TEST_CASE("costs and weights of draws of each group are those of its rows") {
  check_kinds(enumerate{}, enumerate{}, 2);
  check_kinds(enumerate{}, local_expectation{}, 2000);
  check_kinds(local_expectation{}, enumerate{}, 2000);
  check_kinds(local_expectation{}, score_function(no_baseline), 8000);
  check_kinds(disarm{}, disarm{}, 8000);
  check_kinds(score_function(baselines::moving{}), enumerate{}, 8000);
  check_kinds(importance_sampling{}, score_function(no_baseline), 8000);
}

}  // namespace
}  // namespace tests
