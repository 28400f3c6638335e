#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "estimator_check.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// What a model adds to its log joint, what training alone subtracts, densities in expressions, and
// rows that weigh more or less.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x", 2>;
constexpr auto y = observed<"y">;
constexpr auto z = latent<"z">;
constexpr auto w = latent<"w">;
constexpr auto s = quantity<"s">;
constexpr auto label = partly_observed<"label">;
constexpr auto side = given<"side">;

const array<double> xs{{0.3, -1}, {1.2, 0.4}, {-0.6, 0.2}};
const std::vector<std::uint32_t> rows{0, 1, 2};

template <class Inference, class Data>
step_result step_of(Inference& vi, const Data& data, double kl_weight = 1,
                    std::vector<std::uint32_t> some = rows) {
  return vi.gradient(vi.load(data), some, {.seed = 2, .step = 1, .kl_weight = kl_weight});
}
/// Compares the gradient of what is trained, the bound less the losses, with finite differences of
/// a function of the parameters.
template <class Inference>
void require_gradient(Inference& vi, const std::function<double(const parameters&)>& objective) {
  const parameters expected = finite_differences(objective, parameters_of(vi));
  for (const auto& [name, values] : expected) {
    const std::vector<double> found = gradient_of(vi, name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      INFO(name << "[" << i << "]");
      CHECK(found[i] == Approx(values[i]).epsilon(1e-6).margin(1e-7));
    }
  }
}

double log_normal_density(double v, double mean, double scale) {
  const double r = (v - mean) / scale;
  return -0.5 * r * r - std::log(scale) - 0.5 * std::log(2 * std::numbers::pi);
}

TEST_CASE("a term counts in each row, whatever the divergence weighs; a loss in training alone") {
  // z of two values by q = softmax(q.z), enumerated; the term and the loss read it.
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(z = ~categorical<2>(uniform), x = ~normal(dense<2>(z), 1),
                         term(square(take(param<2>(constant(0.5)), z)) - 0.3),
                         loss(1.5 * exp(take(param<2>(constant(0.2)), z))))),
      guide(plate<"row">(z = ~categorical<2>(logits = param<2>()),
                         loss(0.25 * square(param<3>(constant(2)))))));
  spread_parameters(vi);
  const double weight = 0.4;
  const auto parts = [&](const parameters& p) {
    const auto q = softmax(p.at("q.z.param0.value"));
    const auto &of = p.at("p.x.dense0.weight"), &bias = p.at("p.x.dense0.bias"),
               &of_term = p.at("p.term.param0.value"), &of_loss = p.at("p.loss.param0.value"),
               &of_guide = p.at("q.loss.param0.value");
    double bound = 0, loss_of_all = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t i = 0; i < 2; ++i)
          bound += q[k] / 3 * log_normal_density(xs(r, i), of[k * 2 + i] + bias[i], 1);
      bound += q[k] * (of_term[k] * of_term[k] - 0.3) - weight * q[k] * std::log(q[k] / 0.5);
      loss_of_all += q[k] * 1.5 * std::exp(of_loss[k]);
    }
    for (const double v : of_guide) loss_of_all += 0.25 * v * v;
    return std::pair(bound, loss_of_all);
  };
  const auto [bound, loss_of_all] = parts(parameters_of(vi));
  const step_result found = step_of(vi, data(x = xs), weight);
  CHECK(found.bound == Approx(bound).epsilon(1e-12));
  CHECK(found.loss == Approx(loss_of_all).epsilon(1e-12));
  require_gradient(vi, [&](const parameters& p) { return parts(p).first - parts(p).second; });
  // The bound of a query has the term, at the full weight, and no loss.
  const auto q = softmax(parameters_of(vi).at("q.z.param0.value"));
  const double divergence = q[0] * std::log(q[0] / 0.5) + q[1] * std::log(q[1] / 0.5);
  CHECK(vi.bound(data(x = xs)).value == Approx(bound - (1 - weight) * divergence).epsilon(1e-12));
}

TEST_CASE("under iwae a term stands in the log-weights, and a loss outside of the logarithm") {
  // A draw without parameters to learn: weights differ by the draw alone.
  constexpr int k = 3;
  auto vi = infer<iwae<k>, double>(
      model(plate<"row">(z = ~normal(0, 1), x = ~normal(z * param<2>(), 1), term(0.7 * z),
                         loss(param<>(constant(0.6)) * square(z)))),
      guide(plate<"row">(z = ~normal(0.2, 1.1))));
  vi.set_parameter("p.x.param0.value", {0.4, -0.9});
  const step_result found = step_of(vi, data(x = xs));
  auto without = infer<iwae<k>, double>(
      model(plate<"row">(z = ~normal(0, 1), x = ~normal(z * param<2>(), 1), term(0.7 * z))),
      guide(plate<"row">(z = ~normal(0.2, 1.1))));
  without.set_parameter("p.x.param0.value", {0.4, -0.9});
  CHECK(found.bound == Approx(step_of(without, data(x = xs)).bound).epsilon(1e-12));
  // The gradient of the loss's factor is the mean of z² over all samples, and the loss its product.
  const double mean = -gradient_of(vi, "p.loss.param0.value")[0];
  CHECK(found.loss == Approx(0.6 * mean).epsilon(1e-12));
  CHECK(mean > 0.05);
  CHECK(gradient_of(vi, "p.x.param0.value") == gradient_of(without, "p.x.param0.value"));
  // E w = ∫ p(z) e^{0.7 z} ∏ p(x ∣ z) dz: with many samples the bound comes near its logarithm.
  const auto weighed = vi.log_likelihood(data(x = xs), samples(20000));
  double expected = 0;
  for (std::size_t r = 0; r < 3; ++r) {
    double sum = 0;
    for (double v = -9; v < 9; v += 1e-3)
      sum += 1e-3 * std::exp(log_normal_density(v, 0, 1) + 0.7 * v +
                             log_normal_density(xs(r, 0), 0.4 * v, 1) +
                             log_normal_density(xs(r, 1), -0.9 * v, 1));
    expected += std::log(sum) / 3;
  }
  CHECK(std::abs(weighed.value - expected) < 4.8 * weighed.standard_error + 1e-6);
}

TEST_CASE("estimators learn of losses that read their draw, under elbo and iwae") {
  // The exact gradient by enumeration against the mean of an unbiased estimator.
  const auto p = model(plate<"row">(z = ~categorical<3>(uniform), x = ~normal(dense<2>(z), 1),
                                    loss(2 * take(param<3>(), z))));
  const auto q = [](const auto& how) {
    return guide(plate<"row">(z = ~categorical<3>(logits = dense<3>(x)).by(how)));
  };
  const auto compare = [&](auto& exact, auto& other, std::size_t steps) {
    spread_parameters(exact);
    spread_parameters(other);
    const auto expected = mean_gradient(exact, exact.load(data(x = xs)), 2);
    const auto found = mean_gradient(other, other.load(data(x = xs)), steps);
    for (const auto& [name, values] : expected.mean)
      for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(name << "[" << i << "]");
        CHECK(std::abs(found.mean.at(name)[i] - values[i]) <=
              4.8 * (found.error.at(name)[i] + expected.error.at(name)[i]) + 1e-9);
      }
  };
  auto exact = infer<elbo<1>, double>(p, q(enumerate{}));
  auto by_sites = infer<elbo<1>, double>(p, q(local_expectation{}));
  auto by_score = infer<elbo<1>, double>(p, q(score_function(no_baseline)));
  compare(exact, by_sites, 2000);
  compare(exact, by_score, 8000);
  // Under iwae both are unbiased; enumeration is exact in the value of one sample at a time.
  auto weighed = infer<iwae<2>, double>(p, q(enumerate{}));
  auto by_vimco = infer<iwae<2>, double>(p, q(vimco{}));
  spread_parameters(weighed);
  spread_parameters(by_vimco);
  const auto one = mean_gradient(weighed, weighed.load(data(x = xs)), 8000);
  const auto two = mean_gradient(by_vimco, by_vimco.load(data(x = xs)), 8000);
  for (const auto& [name, values] : one.mean)
    for (std::size_t i = 0; i < values.size(); ++i) {
      INFO(name << "[" << i << "]");
      CHECK(std::abs(two.mean.at(name)[i] - values[i]) <=
            4.8 * (two.error.at(name)[i] + one.error.at(name)[i]) + 1e-9);
    }
}

// --- densities in expressions --------------------------------------------------------------------

// The guide is walked back twice where it learns along the path of its draws.
TEST_CASE("a loss of a guide counts once along the path of its draws") {
  auto vi = infer<sticking_the_landing<elbo<1>>, double>(
      model(plate<"row">(z = ~normal(0, 1), y = ~normal(z, 1))),
      guide(loss(square(param<>(constant(0.5)))),
            plate<"row">(z = ~normal(param<>(), 1), loss(exp(param<>(constant(2)))))));
  const auto d = data(y = array<double>{0.3, -1, 2});
  step_of(vi, d);
  CHECK(gradient_of(vi, "q.loss.param0.value")[0] == Approx(-1.0 / 3));
  CHECK(gradient_of(vi, "q.loss.param1.value")[0] == Approx(-std::exp(2.0)));
}

TEST_CASE("a model with terms generates without them") {
  constexpr auto county = given<"county">;
  constexpr auto ease = latent<"ease">;
  auto vi = infer<elbo<1>, double>(
      model(plate<"county">(ease = ~normal(0, 1)),
            plate<"row">(y = ~normal(0, 1), term(take(ease, county) * dense<1>(filled(side, 0))))),
      guide(plate<"county">(ease = ~normal(row_param<>(), 1))));
  CHECK(vi.prior_sample<"y">(data(county = array<double>{0, 1, 1, 0})).size() == 4);
}

TEST_CASE("a mixture by hand is the logarithm of its sum") {
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(
          y = ~flat(),
          term(logsumexp(concat(std::log(0.3) + log_prob(normal(param<>(), 0.5), y),
                                std::log(0.7) + log_prob(normal(1, exp(param<>())), y)))))),
      guide());
  vi.set_parameter("p.term.param0.value", -0.4);
  vi.set_parameter("p.term.param1.value", 0.2);
  const array<double> ys{0.3, -1, 2};
  const auto objective = [&](const parameters& at) {
    double total = 0;
    for (const double v : ys)
      total += std::log(
          0.3 * std::exp(log_normal_density(v, at.at("p.term.param0.value")[0], 0.5)) +
          0.7 * std::exp(log_normal_density(v, 1, std::exp(at.at("p.term.param1.value")[0]))));
    return total / 3;
  };
  CHECK(step_of(vi, data(y = ys)).bound == Approx(objective(parameters_of(vi))).epsilon(1e-12));
  require_gradient(vi, objective);
}

TEST_CASE("the density of a label counts where it is known, by the datum and not the draw") {
  const auto p =
      model(plate<"row">(label = ~categorical<3>(uniform), x = ~normal(dense<2>(label), 1)));
  const auto q =
      guide(plate<"row">(s = dense<3>(x), label = ~categorical<3>(logits = s),
                         loss(-2 * known(label) * log_prob(categorical<3>(logits = s), label))));
  auto vi = infer<elbo<1>, double>(p, q);
  spread_parameters(vi);
  const auto cross_entropy = [&](const parameters& at, const std::vector<int>& labels) {
    double total = 0;
    for (std::size_t r = 0; r < 3; ++r) {
      if (labels[r] < 0) continue;
      std::vector<double> l(3);
      for (std::size_t k = 0; k < 3; ++k)
        l[k] = at.at("q.s.dense0.bias")[k] + xs(r, 0) * at.at("q.s.dense0.weight")[k] +
               xs(r, 1) * at.at("q.s.dense0.weight")[3 + k];
      total -= 2 * std::log(softmax(l)[static_cast<std::size_t>(labels[r])]) / 3;
    }
    return total;
  };
  const array<double> labels{2, -1, 0};
  const step_result found = step_of(vi, data(x = xs, label = labels));
  CHECK(found.loss == Approx(cross_entropy(parameters_of(vi), {2, -1, 0})).epsilon(1e-12));
  CHECK(step_of(vi, data(x = xs)).loss == 0);
  // The same of labels that are given, where nothing is drawn.
  constexpr auto tag = given<"tag">;
  auto other = infer<elbo<1>, double>(
      model(plate<"row">(x = ~normal(0, 1), s = dense<3>(x),
                         loss(-2 * known(tag) * log_prob(categorical<3>(logits = s), tag)))),
      guide());
  other.set_parameter("p.s.dense0.weight", vi.parameter("q.s.dense0.weight"));
  other.set_parameter("p.s.dense0.bias", vi.parameter("q.s.dense0.bias"));
  CHECK(step_of(other, data(x = xs, tag = labels)).loss == Approx(found.loss).epsilon(1e-12));
}

TEST_CASE("what is not known is selected away, whatever it is") {
  const array<double> sides{2, std::numeric_limits<double>::quiet_NaN(), 0.5};
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(x = ~normal(0, 1), term(-3 * known(side) * log(filled(side, 0)) / 2))),
      guide());
  CHECK(step_of(vi, data(x = xs, side = sides)).bound -
            step_of(vi, data(x = xs, side = array<double>{1, 1, 1})).bound ==
        Approx(-1.5 * (std::log(2.0) + std::log(0.5)) / 3).margin(1e-12));
}

// --- weights of rows -----------------------------------------------------------------------------

TEST_CASE("a row that weighs three counts as three of its kind") {
  const auto p = model(w = ~normal(0, 1),
                       plate<"row">(z = ~categorical<2>(uniform), x = ~normal(dense<2>(z) + w, 1)));
  const auto q =
      guide(w = ~normal(param<>(), 0.5), plate<"row">(z = ~categorical<2>(logits = dense<2>(x))));
  auto one = infer<elbo<1>, double>(p, q), other = infer<elbo<1>, double>(p, q);
  spread_parameters(one);
  spread_parameters(other);
  const array<double> repeated_rows{{0.3, -1}, {1.2, 0.4}, {1.2, 0.4}, {1.2, 0.4}, {-0.6, 0.2}};
  const std::vector<double> weights{1, 3, 1};
  const auto weighted = data(x = xs, weighted_by(weights));
  const double found = step_of(one, weighted).bound,
               expected = step_of(other, data(x = repeated_rows), 1, {0, 1, 2, 3, 4}).bound;
  CHECK(found == Approx(expected).epsilon(1e-12));
  for (const auto& t : one.parameter_table()) {
    const auto g = gradient_of(one, t.name), h = gradient_of(other, t.name);
    for (std::size_t i = 0; i < g.size(); ++i) CHECK(g[i] == Approx(h[i]).epsilon(1e-12));
  }
  CHECK(one.bound(weighted).value == Approx(other.bound(data(x = repeated_rows)).value));
  CHECK(one.bound(weighted).total() == Approx(5 * one.bound(weighted).value));
}

TEST_CASE("weights stand outside of the importance weights, and in costs of global draws") {
  const auto local =
      model(plate<"row">(z = ~bernoulli(logits = param<>()), x = ~normal(dense<2>(z), 1)));
  const auto local_guide =
      guide(plate<"row">(z = ~bernoulli(logits = sum(dense<1>(x))).by(local_expectation{})));
  auto vi = infer<iwae<3>, double>(local, local_guide);
  spread_parameters(vi);
  const std::vector<double> weights{2, 0, 0.5};
  const auto weighted = data(x = xs, weighted_by(weights));
  std::vector<double> expected(vi.gradient().size(), 0);
  double bound = 0;
  for (std::size_t r : {0u, 2u}) {
    bound += weights[r] / 2.5 * step_of(vi, data(x = xs), 1, {static_cast<std::uint32_t>(r)}).bound;
    expected.resize(vi.gradient().size(), 0);
    for (std::size_t i = 0; i < expected.size(); ++i)
      expected[i] += weights[r] / 2.5 * vi.gradient()[i];
  }
  CHECK(step_of(vi, weighted).bound == Approx(bound).epsilon(1e-12));
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(vi.gradient()[i] == Approx(expected[i]).epsilon(1e-12).margin(1e-14));
  const auto each = vi.log_likelihood_per_datum(data(x = xs), samples(30));
  CHECK(vi.log_likelihood(weighted, samples(30)).value ==
        Approx((2 * each[0] + 0.5 * each[2]) / 2.5).epsilon(1e-12));

  // A global draw by costs: its gradient is exact by enumeration, and the mean of the score's.
  const auto p = model(z = ~bernoulli(logits = 0.3), plate<"row">(x = ~normal(dense<2>(z), 1)));
  auto exact = infer<elbo<1>, double>(p, guide(z = ~bernoulli(logits = param<>()).by(enumerate{})));
  auto by_score = infer<elbo<1>, double>(
      p, guide(z = ~bernoulli(logits = param<>()).by(score_function(no_baseline))));
  auto by_sites =
      infer<elbo<1>, double>(p, guide(z = ~bernoulli(logits = param<>()).by(local_expectation{})));
  for (auto* other : {&exact}) spread_parameters(*other);
  spread_parameters(by_score);
  spread_parameters(by_sites);
  step_of(exact, weighted);
  const double truth = gradient_of(exact, "q.z.param0.value")[0];
  step_of(by_sites, weighted);
  CHECK(gradient_of(by_sites, "q.z.param0.value")[0] == Approx(truth).epsilon(1e-10));
  const auto found = mean_gradient(by_score, by_score.load(weighted), 4000);
  CHECK(std::abs(found.mean.at("q.z.param0.value")[0] - truth) <=
        4.8 * found.error.at("q.z.param0.value")[0]);
}

TEST_CASE("weights that make no sense are refused") {
  auto vi = infer<elbo<1>, double>(model(plate<"row">(x = ~normal(param<2>(), 1))), guide());
  const auto message = [&](const std::vector<double>& weights) -> std::string {
    try {
      (void)vi.load(data(x = xs, weighted_by(weights)));
    } catch (const variad::error& e) {
      return e.what();
    }
    return "";
  };
  CHECK_THAT(message({1, 2}), Catch::Contains("2 weights") && Catch::Contains("3 rows"));
  CHECK_THAT(message({1, -2, 1}), Catch::Contains("row 1") && Catch::Contains("not negative"));
  CHECK_THAT(message({0, 0, 0}), Catch::Contains("all 0"));
  CHECK(message({1, 0, 2}).empty());
  const std::vector<double> ones{1, 1, 1};
  CHECK_THROWS_WITH(vi.load(data(x = xs, weighted_by(ones), weighted_by(ones))),
                    Catch::Contains("weights twice"));
  auto normed = infer<elbo<1>, double>(
      model(plate<"row">(z = ~normal(0, 1), x = ~normal(dense<2>(batch_norm(dense<2>(z))), 1))),
      guide(plate<"row">(z = ~normal(param<>(), 1))));
  CHECK_THROWS_WITH(step_of(normed, data(x = xs, weighted_by(ones))),
                    Catch::Contains("batch_norm in 'x'"));
}

}  // namespace
}  // namespace tests
