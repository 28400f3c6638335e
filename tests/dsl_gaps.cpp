#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "estimator_check.hpp"
#include "scratch_folder.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// Data that are there in part. What is known is data, what is missing is drawn or left out: against
// programs in which the variable is observed, or latent, and against closed forms.

namespace tests {
namespace {

using namespace variad;
using variad_tests::has;
using variad_tests::message_of;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr auto x = observed<"x", 2>;
constexpr auto y = partly_observed<"y">;
constexpr auto a = latent<"a">;
constexpr auto b = latent<"b", 2>;
constexpr auto label_there = observed<"label">;
constexpr auto label_latent = latent<"label">;
constexpr auto label = partly_observed<"label">;
constexpr auto value_there = observed<"value", 2>;
constexpr auto value_latent = latent<"value", 2>;
constexpr auto value = partly_observed<"value", 2>;

using named_gradient = std::map<std::string, std::vector<double>>;
struct result {
  double bound = 0;
  named_gradient gradient{};
};

/// The bound of some rows and its gradient, at the same noise in every program, from parameters
/// that depend on their names alone.
template <class Inference, class Data>
result run(Inference& vi, const Data& data, const std::vector<std::uint32_t>& rows) {
  vi.initialise(1);
  for (const auto& p : vi.parameter_table()) {
    auto v = vi.parameter(p.name);
    double at = static_cast<double>(std::hash<std::string>{}(p.name) % 1000);
    for (auto& i : v)
      i = static_cast<std::remove_reference_t<decltype(i)>>(0.7 * std::sin(at += 1.3));
    vi.set_parameter(p.name, v);
  }
  const auto loaded = vi.load(data);
  result r;
  r.bound = vi.gradient(loaded, rows, {.seed = 5, .step = 3, .kl_weight = 0.7}).bound;
  for (const auto& p : vi.parameter_table()) {
    const auto begin = vi.gradient().begin() + static_cast<std::ptrdiff_t>(p.offset);
    r.gradient[p.name].assign(begin, begin + static_cast<std::ptrdiff_t>(p.size));
  }
  return r;
}
/// (m·one + n·other) / (m + n), of the parameters of either; what one lacks it has no gradient of.
result mix(const result& one, double m, const result& other, double n) {
  result r{(m * one.bound + n * other.bound) / (m + n)};
  const auto add = [&](const named_gradient& from, double weight) {
    for (const auto& [name, g] : from) {
      std::vector<double>& to = r.gradient[name];
      to.resize(g.size());
      for (std::size_t i = 0; i < g.size(); ++i) to[i] += weight / (m + n) * g[i];
    }
  };
  add(one.gradient, m);
  add(other.gradient, n);
  return r;
}
void require_equal(const result& found, const result& expected) {
  CHECK(found.bound == Approx(expected.bound).epsilon(1e-12).margin(1e-12));
  for (const auto& [name, g] : found.gradient) {
    const auto at = expected.gradient.find(name);
    for (std::size_t i = 0; i < g.size(); ++i) {
      INFO(name << "[" << i << "]");
      CHECK(
          g[i] ==
          Approx(at == expected.gradient.end() ? 0.0 : at->second[i]).epsilon(1e-12).margin(1e-12));
    }
  }
}

const array<double> xs{{0.3, -1}, {1.2, 0.4}, {-0.6, 0.2}, {0.1, 0.9}, {2, -0.3}};

/// A label or a value between a and b, as whatever it is declared.
template <class V>
constexpr auto label_model(const V& v) {
  return model(plate<"row">(a = ~normal(0, 1), v = ~categorical<3>(logits = param<3>() * a),
                            b = ~bernoulli(logits = dense<2>(v)),
                            x = ~normal(dense<2>(b) + dense<2>(v) + a, 1)));
}
template <class V>
constexpr auto value_model(const V& v) {
  return model(plate<"row">(a = ~normal(0, 1), v = ~normal(param<2>() * a, exp(param<2>())),
                            b = ~bernoulli(logits = dense<2>(v)),
                            x = ~normal(dense<2>(b) + dense<2>(tanh(v)) + a, 1)));
}
/// With b drawn by the score function below, and a by its path above.
template <class V, class Draw>
constexpr auto guide_with(const V& v, const Draw& draw) {
  return guide(plate<"row">(
      a = ~normal(sum(param<2>() * x), exp(param<>())), v = ~draw,
      b = ~bernoulli(logits = dense<2>(x) + dense<2>(v)).by(score_function(no_baseline))));
}
template <class V>
constexpr auto guide_without(const V& v) {
  return guide(plate<"row">(
      a = ~normal(sum(param<2>() * x), exp(param<>())),
      b = ~bernoulli(logits = dense<2>(x) + dense<2>(v)).by(score_function(no_baseline))));
}
template <class E>
constexpr auto label_draw(const E& estimator) {
  return categorical<3>(logits = dense<3>(x) + param<3>() * a).by(estimator);
}
template <class E>
constexpr auto value_draw(const E& estimator) {
  return normal(dense<2>(x) + param<2>() * a, exp(param<2>())).by(estimator);
}

const std::vector<std::uint32_t> all_rows{0, 1, 2, 3, 4}, known_rows{0, 3}, other_rows{1, 2, 4};

/// Of rows of which some are there: what a program with the variable observed makes of these, and
/// one in which it is latent of the others.
template <class Objective, class E>
void check_label(const E& estimator) {
  INFO(E::traits.name);
  auto partly =
      infer<Objective, double>(label_model(label), guide_with(label, label_draw(estimator)));
  auto latent_one = infer<Objective, double>(label_model(label_latent),
                                             guide_with(label_latent, label_draw(estimator)));
  auto there = infer<Objective, double>(label_model(label_there), guide_without(label_there));
  const array<double> some{2, -1, -1, 0, -1}, all{2, 1, 0, 0, 1};
  const auto none = data(x = xs);
  const result in_part = run(partly, data(x = xs, label = some), all_rows);
  const result known = run(there, data(x = xs, label_there = all), known_rows),
               missing = run(latent_one, none, other_rows);
  require_equal(in_part, mix(known, 2, missing, 3));
  require_equal(run(partly, none, all_rows), run(latent_one, none, all_rows));
}

TEST_CASE("a label that is known is data, one that is missing a latent, by each estimator") {
  check_label<elbo<1>>(enumerate{});
  check_label<elbo<1>>(direct_argmax{0.5});
  check_label<elbo<1>>(ars_plus{});
  check_label<elbo<2>>(score_function(leave_one_out));
  check_label<elbo<1>>(importance_sampling{});
  check_label<elbo<1>>(gumbel_softmax{});
  check_label<elbo<1>>(rebar{});
  check_label<iwae<3>>(direct_argmax{0.5});
  check_label<iwae<3>>(vimco{});
}

template <class Objective, class E>
void check_value(const E& estimator) {
  INFO(E::traits.name);
  auto partly =
      infer<Objective, double>(value_model(value), guide_with(value, value_draw(estimator)));
  auto latent_one = infer<Objective, double>(value_model(value_latent),
                                             guide_with(value_latent, value_draw(estimator)));
  auto there = infer<Objective, double>(value_model(value_there), guide_without(value_there));
  const array<double> some{{0.5, -2}, {nan, nan}, {nan, nan}, {1, 0}, {nan, nan}},
      all{{0.5, -2}, {1, 1}, {1, 1}, {1, 0}, {1, 1}};
  const result in_part = run(partly, data(x = xs, value = some), all_rows);
  const result known = run(there, data(x = xs, value_there = all), known_rows),
               missing = run(latent_one, data(x = xs), other_rows);
  require_equal(in_part, mix(known, 2, missing, 3));
}

TEST_CASE("a value that is known is data, one that is missing a latent") {
  check_value<elbo<1>>(pathwise{});
  check_value<elbo<1>>(score_function(baselines::moving{}));
  check_value<iwae<3>>(pathwise{});
}

// --- entries of an event -------------------------------------------------------------------------

constexpr auto pair_of = partly_observed<"pair", 2>;
constexpr auto first_one = observed<"first">;
constexpr auto second_one = latent<"second">;

/// Two independent labels, of which the first is known in all rows and the second in none: against
/// a model that states them one by one, with the same parameters.
template <class Objective, class E>
void check_entries(const E& estimator) {
  INFO(E::traits.name);
  auto together = infer<Objective, double>(
      model(plate<"row">(pair_of = ~categorical<3>(logits = param<2, 3>()),
                         x = ~normal(dense<2>(pair_of), 1))),
      guide(plate<"row">(pair_of = ~categorical<3>(logits = param<2, 3>()).by(estimator))));
  auto apart = infer<Objective, double>(
      model(plate<"row">(first_one = ~categorical<3>(logits = param<3>()),
                         second_one = ~categorical<3>(logits = param<3>()),
                         x = ~normal(linear<2>(first_one) + dense<2>(second_one), 1))),
      guide(plate<"row">(second_one = ~categorical<3>(logits = param<3>()).by(estimator))));
  const auto set = [](auto& vi, const char* name, const array<double>& v) {
    vi.set_parameter(name, v);
  };
  const array<double> first{0.3, -0.4, 0.9}, second{-0.2, 0.5, 0.1}, q{0.7, -0.6, 0.2},
      unused{9, -9, 3}, w1{{0.1, 0.9}, {-0.3, 0.2}, {0.5, -0.8}},
      w2{{-0.7, 0.4}, {0.6, -0.1}, {0.2, 1.1}}, bias{0.4, -0.3};
  set(together, "p.pair.param0.value", xt::stack(xt::xtuple(first, second)));
  set(together, "q.pair.param0.value", xt::stack(xt::xtuple(unused, q)));
  set(together, "p.x.dense0.weight", xt::concatenate(xt::xtuple(w1, w2)));
  set(together, "p.x.dense0.bias", bias);
  set(apart, "p.first.param0.value", first);
  set(apart, "p.second.param0.value", second);
  set(apart, "q.second.param0.value", q);
  set(apart, "p.x.dense0.weight", w1);
  set(apart, "p.x.dense1.weight", w2);
  set(apart, "p.x.dense1.bias", bias);
  const array<double> codes{{2, -1}, {0, -1}, {1, -1}, {1, -1}, {0, -1}}, alone{2, 0, 1, 1, 0};
  const auto one = together.load(data(x = xs, pair_of = codes));
  const auto other = apart.load(data(x = xs, first_one = alone));
  const double found = together.gradient(one, all_rows, {.kl_weight = 0.7}).bound,
               expected = apart.gradient(other, all_rows, {.kl_weight = 0.7}).bound;
  CHECK(found == Approx(expected).epsilon(1e-12));
  const auto of = [](auto& vi, const char* name) {
    for (const auto& p : vi.parameter_table())
      if (p.name == name) {
        const auto begin = vi.gradient().begin() + static_cast<std::ptrdiff_t>(p.offset);
        return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(p.size));
      }
    throw variad::error("no such parameter");
  };
  const auto compare = [&](std::vector<double> g, std::vector<double> h) {
    REQUIRE(g.size() == h.size());
    for (std::size_t i = 0; i < g.size(); ++i)
      CHECK(g[i] == Approx(h[i]).epsilon(1e-12).margin(1e-12));
  };
  const auto joined = [](std::vector<double> g, const std::vector<double>& h) {
    g.insert(g.end(), h.begin(), h.end());
    return g;
  };
  compare(of(together, "p.pair.param0.value"),
          joined(of(apart, "p.first.param0.value"), of(apart, "p.second.param0.value")));
  compare(of(together, "q.pair.param0.value"),
          joined({0, 0, 0}, of(apart, "q.second.param0.value")));
  compare(of(together, "p.x.dense0.weight"),
          joined(of(apart, "p.x.dense0.weight"), of(apart, "p.x.dense1.weight")));
}

TEST_CASE("one label of an event that is known is data, the other a latent") {
  check_entries<elbo<1>>(enumerate{});
}

// --- closed forms --------------------------------------------------------------------------------

constexpr auto u = partly_observed<"u">;
constexpr auto group = partly_observed<"group">;
constexpr auto triple = partly_observed<"triple", 3>;

double normal_density(double z, double mean, double variance) {
  return -0.5 * (z - mean) * (z - mean) / variance -
         0.5 * std::log(2 * std::numbers::pi * variance);
}

TEST_CASE("regression with gaps in y and in x is its marginal likelihood") {
  // u ~ N(0.3, 0.8²), y ∣ u ~ N(1.5 u − 0.2, 0.5²); the guide of a missing u is its posterior given
  // y, or where y is missing too, its prior: then every importance weight is the likelihood itself.
  const double m = 0.3, s = 0.8, w = 1.5, c = -0.2, t = 0.5;
  const double variance = w * w * s * s + t * t, slope = w * s * s / variance;
  const auto p = model(plate<"row">(u = ~normal(0.3, 0.8), y = ~normal(1.5 * u - 0.2, 0.5)));
  const auto posterior_mean = m + slope * (filled(y, 0) - (w * m + c));
  const auto q = guide(plate<"row">(u = ~normal(select(known(y), posterior_mean, m),
                                                select(known(y), s * t / std::sqrt(variance), s))));
  auto vi = infer<iwae<2>, double>(p, q);
  const array<double> us{0.4, nan, nan, -1}, ys{1, 2, nan, nan};
  const auto d = data(u = us, y = ys);
  const double expected = normal_density(0.4, m, s * s) + normal_density(1, w * 0.4 + c, t * t) +
                          normal_density(2, w * m + c, variance) + normal_density(-1, m, s * s);
  CHECK(4 * vi.bound(d).value == Approx(expected).epsilon(1e-12));
  CHECK(4 * vi.log_likelihood(d, samples(3)).value == Approx(expected).epsilon(1e-12));
  // Gaps are filled in: u by the guide, y by its mean given u, and what is known stays.
  const auto filled_in = vi.predict<"u">(d);
  CHECK(filled_in(0) == 0.4);
  CHECK(filled_in(1) == Approx(m + slope * (2 - w * m - c)));
  CHECK(filled_in(2) == Approx(m));
  const auto y_of = vi.predict<"y">(d);
  CHECK(y_of(0) == 1);
  CHECK(y_of(3) == Approx(w * -1 + c));
  CHECK(vi.predict<"y">(data(u = us))(0) == Approx(w * 0.4 + c));
  CHECK(vi.posterior<"u">(d)(3) == -1);
}

TEST_CASE("a mixture with some classes known is its marginal likelihood") {
  // p(k) = (0.2, 0.8), y ∣ k ~ N(2k − 1, 0.6²); the guide is the posterior of k.
  const auto p = model(plate<"row">(group = ~categorical<2>(probs = softmax(param<2>())),
                                    y = ~normal(take(param<2>(), group), 0.6)));
  const auto q =
      guide(plate<"row">(group = ~categorical<2>(logits = filled(y, 0) * param<2>() + param<2>())));
  auto vi = infer<elbo<1>, double>(p, q);
  vi.set_parameter("p.group.param0.value", {std::log(0.2), std::log(0.8)});
  vi.set_parameter("p.y.param0.value", {-1, 1});
  vi.set_parameter("q.group.param0.value", {-1 / 0.36, 1 / 0.36});
  vi.set_parameter("q.group.param1.value", {std::log(0.2), std::log(0.8)});
  const array<double> ys{0.3, -0.8, 1.1, 0}, groups{0, -1, -1, 1};
  const double known =
      std::log(0.2) + normal_density(0.3, -1, 0.36) + std::log(0.8) + normal_density(0, 1, 0.36);
  double missing = 0;
  for (const double v : {-0.8, 1.1})
    missing += std::log(0.2 * std::exp(normal_density(v, -1, 0.36)) +
                        0.8 * std::exp(normal_density(v, 1, 0.36)));
  CHECK(4 * vi.bound(data(y = ys, group = groups)).value == Approx(known + missing).epsilon(1e-12));
  const auto share = vi.probabilities<"group">(data(y = ys, group = groups));
  CHECK(share(0, 0) == 1);
  const double odds = 0.2 * std::exp(normal_density(-0.8, -1, 0.36)),
               other = 0.8 * std::exp(normal_density(-0.8, 1, 0.36));
  CHECK(share(1, 0) == Approx(odds / (odds + other)).epsilon(1e-12));
}

TEST_CASE("gaps in a normal vector leave the marginal of what is there") {
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(
          triple = ~normal(mean = param<3>(), scale_tril = lower_cholesky(param<3, 3>())))),
      guide());
  vi.set_parameter("p.triple.param0.value", {0.1, 0.2, 0.3});
  vi.set_parameter("p.triple.param1.value", {{-0.5, 0, 0}, {0.3, 0.2, 0}, {0.7, -0.4, 0.1}});
  const array<double> rows{{1, nan, 0.5}, {nan, nan, nan}, {nan, 2, nan}};
  // Of the covariance L·Lᵀ the rows and columns that are there.
  const double l00 = std::exp(-0.5), l11 = std::exp(0.2), l22 = std::exp(0.1);
  const double s00 = l00 * l00, s02 = 0.7 * l00, s22 = 0.49 + 0.16 + l22 * l22,
               s11 = 0.09 + l11 * l11, det = s00 * s22 - s02 * s02;
  const double d0 = 0.9, d2 = 0.2;
  const double pair = -0.5 * (s22 * d0 * d0 - 2 * s02 * d0 * d2 + s00 * d2 * d2) / det -
                      0.5 * std::log(det) - std::log(2 * std::numbers::pi);
  const auto loaded = vi.load(data(triple = rows));
  const std::vector<std::uint32_t> all{0, 1, 2};
  CHECK(3 * vi.gradient(loaded, all).bound ==
        Approx(pair + normal_density(2, 0.2, s11)).epsilon(1e-12));
  const auto objective = [&](const parameters& at) {
    for (const auto& [name, v] : at) {
      auto value_of = vi.parameter(name);
      std::copy(v.begin(), v.end(), value_of.begin());
      vi.set_parameter(name, value_of);
    }
    return vi.gradient(loaded, all).bound;
  };
  const parameters at = parameters_of(vi), expected = finite_differences(objective, at);
  objective(at);
  for (const auto& p : vi.parameter_table())
    for (std::size_t i = 0; i < p.size; ++i)
      CHECK(vi.gradient()[p.offset + i] ==
            Approx(expected.at(p.name)[i]).epsilon(1e-7).margin(1e-8));
}

// --- what is refused -----------------------------------------------------------------------------

// Of two numbers of correlation ρ with standard deviations 1 and 2, one known to be 3: the other is
// normal with mean 1 + 2ρ·3 and standard deviation 2√(1 − ρ²). 4,000 draws; within 4.5 standard
// errors, two figures: fewer than one seed in 70,000 fails.
TEST_CASE("what is missing of a normal vector is filled in given what is there") {
  constexpr double rho = 0.9;
  constexpr auto pair = partly_observed<"pair", 2>;
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(
          pair = ~normal(mean = param<2>(), scale_tril = lower_cholesky(param<2, 2>())))),
      guide());
  vi.set_parameter("p.pair.param0.value", {0, 1});
  const double of_second = 2 * std::sqrt(1 - rho * rho);
  vi.set_parameter("p.pair.param1.value", {{0, 0}, {2 * rho, std::log(of_second)}});
  const array<double> us{{3, nan}, {3, 3}, {nan, nan}};
  const double expected = 1 + 2 * rho * 3;
  const array<double> predicted = vi.predict<"pair">(data(pair = us));
  CHECK(predicted(0, 0) == 3);
  CHECK(predicted(0, 1) == Approx(expected).epsilon(1e-12));
  CHECK(predicted(1, 1) == 3);
  CHECK(predicted(2, 1) == Approx(1).epsilon(1e-12));
  constexpr std::size_t n = 4000;
  const array<double> drawn = vi.sample<"pair">(data(pair = us), samples(n));
  double sum = 0, square = 0;
  for (std::size_t k = 0; k < n; ++k) {
    CHECK(drawn(k, 0, 0) == 3);
    const double d = drawn(k, 0, 1) - expected;
    sum += d / n;
    square += d * d / n;
  }
  const double variance = of_second * of_second;
  CHECK(std::abs(sum) < 4.5 * std::sqrt(variance / n));
  CHECK(std::abs(square - variance) < 4.5 * variance * std::sqrt(2.0 / n));
}

TEST_CASE("gaps of labels that are drawn together are read as those of one") {
  constexpr auto first = partly_observed<"first">;
  constexpr auto second = partly_observed<"second">;
  constexpr auto sum_of = observed<"sum_of">;
  const auto q = guide(plate<"row">(joint(first, second) = ~bernoulli(logits = param<2>())));
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(joint(first, second) = ~bernoulli(logits = param<2>()),
                         sum_of = ~normal(first + 2 * second, 1))),
      q);
  const array<double> sums{1, 2, 0.5}, whole{1, 0, 0}, signs{1, -1, 0}, gaps{1, nan, 0};
  CHECK(vi.bound(data(sum_of = sums, first = whole, second = signs)).value ==
        vi.bound(data(sum_of = sums, first = whole, second = gaps)).value);
  CHECK_THROWS_WITH(vi.load(data(sum_of = sums, first = array<double>{1, 7, 0}, second = gaps)),
                    Catch::Contains("'first', row 1") && Catch::Contains("0 or 1"));
}

TEST_CASE("gaps where none may be are refused, with the repair") {
  auto plain = infer<elbo<1>, double>(
      model(plate<"row">(observed<"v"> = ~normal(given<"g"> * param<>(), 1))), guide());
  constexpr auto v = observed<"v">;
  constexpr auto g = given<"g">;
  const array<double> whole{1, 2, 3}, gap{1, nan, 3};
  CHECK_THAT(message_of([&] { (void)plain.bound(data(v = gap, g = whole)); }),
             has("'v', row 1") && has("partly_observed<\"v\">"));
  CHECK_THAT(message_of([&] { (void)plain.bound(data(v = whole, g = gap)); }),
             has("'g', row 1") && has("filled(g, 0)"));

  // Draws that depend on each other are there in whole rows.
  auto vector = infer<elbo<1>, double>(
      model(plate<"row">(triple = ~normal(0, 1), x = ~normal(dense<2>(triple), 1))),
      guide(plate<"row">(
          triple = ~normal(mean = param<3>(), scale_tril = lower_cholesky(param<3, 3>())))));
  const array<double> some{{1, 2, 3}, {nan, nan, nan}, {1, 2, 3}, {1, nan, 3}, {1, 2, 3}};
  CHECK_THAT(message_of([&] { (void)vector.bound(data(x = xs, triple = some)); }),
             has("'triple', row 3") && has("2 of 3") && has("all or none"));
  const array<double> fitting{{1, 2, 3}, {nan, nan, nan}, {1, 2, 3}, {1, 1, 3}, {1, 2, 3}};
  CHECK(std::isfinite(vector.bound(data(x = xs, triple = fitting)).value));
}

}  // namespace
}  // namespace tests
