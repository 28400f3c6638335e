#include <cmath>
#include <limits>

#include "estimator_check.hpp"
#include "family_laws.hpp"

// Probabilities of exactly 0 and 1, and logits that say the same: values, divergences, derivatives
// and estimators against closed forms.

namespace tests {
namespace {

using namespace variad;

constexpr double inf = std::numeric_limits<double>::infinity();

template <class T>
array<T> rows_of(const std::vector<double>& values, std::size_t width) {
  auto a = array<T>::from_shape({values.size() / width, width});
  for (std::size_t i = 0; i < values.size(); ++i) a.data()[i] = static_cast<T>(values[i]);
  return a;
}
template <class T>
array<T> column_of(const std::vector<double>& values) {
  auto a = array<T>::from_shape({values.size()});
  for (std::size_t i = 0; i < values.size(); ++i) a.data()[i] = static_cast<T>(values[i]);
  return a;
}
template <class Inference>
void set(Inference& vi, const std::string& name, const std::vector<double>& values) {
  auto to = vi.parameter(name);
  REQUIRE(to.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    to.data()[i] = static_cast<std::remove_cvref_t<decltype(to.data()[0])>>(values[i]);
  vi.set_parameter(name, to);
}
/// A value, or what an error that names it stands for: NaN.
template <class F>
double value_or_nan(F&& f) {
  try {
    return f();
  } catch (const error&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

// ---- likelihoods

constexpr auto x = observed<"x">;
constexpr auto rate = given<"rate">;
constexpr auto by_rate = model(plate<"row">(x = ~bernoulli(probs = rate)));
constexpr auto by_sigmoid = model(plate<"row">(x = ~bernoulli(probs = sigmoid(rate))));

template <class T, class Model>
double log_density(const Model& m, double value, double parameter) {
  auto vi = infer<elbo<1>, T>(m, guide());
  return value_or_nan([&] {
    return vi.log_likelihood_per_datum(
        data(x = column_of<T>({value}), rate = column_of<T>({parameter})), samples(1))[0];
  });
}

TEMPLATE_TEST_CASE("bernoulli by probabilities of 0 and 1", "", float, double) {
  const double e = std::numeric_limits<TestType>::epsilon();
  CHECK(log_density<TestType>(by_rate, 0, 0) == 0.0);
  CHECK(log_density<TestType>(by_rate, 1, 1) == 0.0);
  for (const double p : {1e-30, 1e-9, 0.3, 0.5, 1 - 8 * e}) {
    const double q = static_cast<double>(static_cast<TestType>(p));
    CHECK(log_density<TestType>(by_rate, 1, p) == Approx(std::log(q)).epsilon(4 * e));
    CHECK(log_density<TestType>(by_rate, 0, p) == Approx(std::log1p(-q)).epsilon(4 * e));
  }
  // What is impossible, or no probability, is no number.
  for (const auto& [value, p] : std::vector<std::pair<double, double>>{
           {1, 0}, {0, 1}, {0, -0.1}, {1, -0.1}, {0, 1.1}, {1, 1.1}})
    CHECK_FALSE(std::isfinite(log_density<TestType>(by_rate, value, p)));
}

TEST_CASE("bernoulli by the sigmoid of a logit is that by the logit") {
  for (const double l : {-104.0, -40.0, -17.0, -3.0, 0.0, 3.0, 15.0, 17.0, 30.0, 104.0}) {
    CAPTURE(l);
    const auto softplus = [](double a) {
      return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
    };
    CHECK(log_density<float>(by_sigmoid, 0, l) == Approx(-softplus(l)).epsilon(1e-6).margin(1e-37));
    CHECK(log_density<float>(by_sigmoid, 1, l) ==
          Approx(-softplus(-l)).epsilon(1e-6).margin(1e-37));
  }
}

constexpr auto y = observed<"y">;
constexpr auto weights = given<"weights", 3>;
constexpr auto by_weights = model(plate<"row">(y = ~categorical<3>(probs = weights)));

TEMPLATE_TEST_CASE("categorical by probabilities, up to a factor", "", float, double) {
  auto vi = infer<elbo<1>, TestType>(by_weights, guide());
  const auto at = [&](double category, const std::vector<double>& w) {
    return value_or_nan([&] {
      return vi.log_likelihood_per_datum(
          data(y = column_of<TestType>({category}), weights = rows_of<TestType>(w, 3)),
          samples(1))[0];
    });
  };
  CHECK(at(2, {0, 0, 1}) == 0.0);
  CHECK(at(0, {0.25, 0, 0.75}) == Approx(std::log(0.25)));
  CHECK(at(2, {0.5, 0, 1.5}) == Approx(std::log(0.75)));
  CHECK(at(1, {2, 3, 5}) == Approx(std::log(0.3)));
  CHECK_FALSE(std::isfinite(at(0, {0, 0, 1})));
  for (const double category : {0, 1, 2}) {
    CHECK_FALSE(std::isfinite(at(category, {0.6, -0.1, 0.5})));
    CHECK_FALSE(std::isfinite(at(category, {0, 0, 0})));
  }
}

constexpr auto in_x = given<"in", 4>;
constexpr auto units = latent<"units", 3>;

TEST_CASE("an expression of probabilities stands in the graph once") {
  const auto m = model(plate<"row">(units = ~bernoulli(uniform), x = ~normal(sum(units), 1)));
  auto by_sigmoid_of_layer =
      infer<elbo<1>>(m, guide(plate<"row">(units = ~bernoulli(probs = sigmoid(dense<3>(in_x))))));
  CHECK(by_sigmoid_of_layer.parameter_table().size() == 2);
  auto by_layer = infer<elbo<1>>(
      m, guide(plate<"row">(units = ~bernoulli(probs = exp(-square(dense<3>(in_x)))))));
  CHECK(by_layer.parameter_table().size() == 2);
}

template <class Model>
std::string refusal(const Model& m) {
  try {
    infer<elbo<1>>(m, guide());
  } catch (const error& e) {
    return e.what();
  }
  return "";
}

TEST_CASE("a number that no parameter can be is refused by infer") {
  using Catch::Contains;
  double wrong = -1;  // no constant: the model is made at run time
  const auto normals = model(plate<"row">(x = ~normal(0, wrong)));
  CHECK_THAT(refusal(normals), Contains("scale = -1") && Contains("of x") &&
                                   Contains("a positive number") && Contains("softplus"));
  wrong = 0;
  CHECK_THAT(refusal(model(plate<"row">(x = ~laplace(0, wrong)))), Contains("scale = 0"));
  CHECK_THAT(refusal(model(plate<"row">(x = ~log_normal(0, wrong)))), Contains("scale = 0"));
  wrong = 1.5;
  CHECK_THAT(refusal(model(plate<"row">(x = ~bernoulli(probs = wrong)))),
             Contains("probs = 1.5") && Contains("[0, 1]"));
  wrong = -0.5;
  CHECK_THAT(refusal(model(plate<"row">(y = ~categorical<3>(probs = wrong)))),
             Contains("probs = -0.5") && Contains("not negative"));
  CHECK(refusal(model(plate<"row">(x = ~normal(wrong, 1)))).empty());
}

// ---- what cannot occur, by logits

/// How often the last of K categories, which cannot occur, comes in n draws.
template <int K, class T>
std::size_t draws_of_the_masked(T mask, std::size_t n) {
  using F = families::categorical<K>;
  constexpr auto k = static_cast<std::size_t>(K);
  const std::size_t at_once = 50000;
  std::vector<std::vector<T>> p(1, std::vector<T>(at_once * k));
  for (std::size_t i = 0; i < p[0].size(); ++i)
    p[0][i] = i % k == k - 1 ? mask : static_cast<T>(std::sin(0.7 * static_cast<double>(i)));
  std::vector<T> value(at_once * k);
  std::size_t masked = 0;
  for (std::uint32_t r = 0; r < n / at_once; ++r) {
    F::sample(stream_key{r, 9}, family_laws::rows_of(p), value.data(), at_once);
    for (std::size_t i = k - 1; i < value.size(); i += k) masked += value[i] != T(0);
  }
  return masked;
}

TEST_CASE("a masked category is never drawn", "[families]") {
  CHECK(draws_of_the_masked<3>(-1e30f, 20000000) == 0);
  CHECK(draws_of_the_masked<17>(-std::numeric_limits<float>::infinity(), 10000000) == 0);
}

TEMPLATE_TEST_CASE("what cannot occur adds nothing", "[families]", float, double) {
  using T = TestType;
  const T never = -std::numeric_limits<T>::infinity();
  for (const T mask : {T(-1e30), never}) {
    using F = families::categorical<4>;
    const std::vector<T> q{T(1), mask, T(1), mask}, p{T(0), mask, T(2), T(2)};
    const shape event = shape_of(4);
    CHECK(family_laws::number_of<F::entropy, T>({}, {q}, {event}, event) ==
          family_laws::near<T>(std::log(2)));
    // Both halves against 1/(1 + 2e²) and e²/(1 + 2e²).
    const double e2 = std::exp(2.0), total = 1 + 2 * e2;
    CHECK(family_laws::number_of<kl_divergence<F, F>, T>({}, {q, p}, {event, event}, event) ==
          family_laws::near<T>(0.5 * std::log(total / 2) + 0.5 * std::log(total / (2 * e2))));
    CHECK(family_laws::log_prob_of<F>(std::vector<T>{0, 0, 1, 0}, {q}, shape_of()) ==
          family_laws::near<T>(-std::log(2)));
    CHECK(family_laws::log_prob_of<F>(std::vector<T>{0, 1, 0, 0}, {q}, shape_of()) <= T(-1e29));
  }
  using B = families::bernoulli;
  const shape unit = shape_of();
  const auto log_prob = [](T value, T l) {
    return family_laws::log_prob_of<B>(std::vector<T>{value}, {{l}}, shape_of());
  };
  CHECK(log_prob(0, never) == 0.0);
  CHECK(log_prob(1, -never) == 0.0);
  CHECK(log_prob(1, never) == never);
  CHECK(log_prob(0, -never) == never);
  // Without the difference of two large numbers: log σ(20).
  CHECK(log_prob(1, T(20)) == Approx(-std::log1p(std::exp(-20.0))).epsilon(1e-6));
  for (const T l : {never, -never, T(-1e30), T(1e30)}) {
    CHECK(family_laws::number_of<B::entropy, T>({}, {{l}}, {unit}, unit) == 0.0);
    CHECK(family_laws::number_of<kl_divergence<B, B>, T>({}, {{l}, {l}}, {unit, unit}, unit) ==
          0.0);
    for (const T value : {T(0), T(1)}) {
      const auto d = ops::partials(typename B::log_prob{}, std::array<T, 2>{value, l}, T(0));
      CHECK(T(0) * d[0] == T(0));
    }
  }
}

// ---- divergences

constexpr auto aa = latent<"aa", 4>;
constexpr auto ab = latent<"ab", 4>;
constexpr auto ba = latent<"ba", 4>;
constexpr auto bb = latent<"bb", 4>;
constexpr auto divergence_prior = model(plate<"row">(
    aa = ~bernoulli(probs = param<4>()), ab = ~bernoulli(logits = param<4>()),
    ba = ~bernoulli(probs = param<4>()), bb = ~bernoulli(logits = param<4>()), x = ~normal(0, 1)));
constexpr auto score = score_function(no_baseline);
constexpr auto divergence_guide = guide(plate<"row">(
    aa = ~bernoulli(probs = param<4>()).by(score), ab = ~bernoulli(probs = param<4>()).by(score),
    ba = ~bernoulli(logits = param<4>()).by(score),
    bb = ~bernoulli(logits = param<4>()).by(score)));

double xlogy(double a, double b) { return a == 0 ? 0 : a * std::log(b); }
double divergence(double q, double p) {
  return xlogy(q, q) - xlogy(q, p) + xlogy(1 - q, 1 - q) - xlogy(1 - q, 1 - p);
}
double logit(double p) { return std::log(p) - std::log1p(-p); }

TEMPLATE_TEST_CASE("divergences of bernoulli by probabilities and logits", "", float, double) {
  auto vi = infer<elbo<1>, TestType>(divergence_prior, divergence_guide);
  const std::vector<double> q{0, 0, 1, 0.3}, p{0.2, 0, 1, 0.75};
  std::vector<double> lq, lp;
  double kl = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    lq.push_back(logit(q[i]));
    lp.push_back(logit(p[i]));
    kl += divergence(q[i], p[i]);
  }
  vi.initialise(1);
  for (const char* name : {"aa", "ab", "ba", "bb"}) {
    const bool guide_by_probs = name[0] == 'a', prior_by_probs = name[1] == 'a';
    set(vi, std::string("q.") + name + ".param0.value", guide_by_probs ? q : lq);
    set(vi, std::string("p.") + name + ".param0.value", prior_by_probs ? p : lp);
  }
  const auto loaded = vi.load(data(x = column_of<TestType>({0.0})));
  const std::vector<std::uint32_t> rows{0};
  const double bound = value_or_nan([&] { return vi.gradient(loaded, rows, {.seed = 1}).bound; });
  CHECK(bound == Approx(-4 * kl - 0.91893853320467274).epsilon(1e-5));
  for (const auto& info : vi.parameter_table()) {
    const bool of_guide = info.name[0] == 'q', guide_by_probs = info.name[2] == 'a',
               prior_by_probs = info.name[3] == 'a';
    for (std::size_t i = 0; i < 4; ++i) {
      CAPTURE(info.name, i);
      const double g = static_cast<double>(vi.gradient()[info.offset + i]);
      REQUIRE(std::isfinite(g));
      const bool edge = q[i] == 0 || q[i] == 1;
      if (of_guide && guide_by_probs && edge) continue;  // infinite, held finite
      double want = 0;
      if (of_guide)
        want = -(lq[i] - lp[i]) * (guide_by_probs ? 1 : q[i] * (1 - q[i]));
      else if (prior_by_probs)
        want = (q[i] == 0 ? 0 : q[i] / p[i]) - (q[i] == 1 ? 0 : (1 - q[i]) / (1 - p[i]));
      else
        want = q[i] - p[i];
      if (edge && of_guide) want = 0;
      CHECK(g == Approx(want).epsilon(1e-5).margin(1e-6));
    }
  }
}

constexpr auto caa = latent<"caa", 2>;
constexpr auto cab = latent<"cab", 2>;
constexpr auto cba = latent<"cba", 2>;
constexpr auto cbb = latent<"cbb", 2>;
constexpr auto categorical_prior = model(plate<"row">(
    caa = ~categorical<3>(probs = param<2, 3>()), cab = ~categorical<3>(logits = param<2, 3>()),
    cba = ~categorical<3>(probs = param<2, 3>()), cbb = ~categorical<3>(logits = param<2, 3>()),
    x = ~normal(0, 1)));
constexpr auto categorical_guide =
    guide(plate<"row">(caa = ~categorical<3>(probs = param<2, 3>()).by(score),
                       cab = ~categorical<3>(probs = param<2, 3>()).by(score),
                       cba = ~categorical<3>(logits = param<2, 3>()).by(score),
                       cbb = ~categorical<3>(logits = param<2, 3>()).by(score)));

TEMPLATE_TEST_CASE("divergences of categorical by probabilities and logits", "", float, double) {
  auto vi = infer<elbo<1>, TestType>(categorical_prior, categorical_guide);
  // Weights up to a factor; the second variable has a category that neither can take.
  const std::vector<double> q{0.5, 0.25, 0.25, 0.8, 0, 1.2}, p{0.4, 0.4, 0.8, 0.6, 0, 0.2};
  const std::vector<double> wq{1, 1, 1, 2, 2, 2}, wp{1.6, 1.6, 1.6, 0.8, 0.8, 0.8};
  std::vector<double> lq, lp;
  std::array<double, 2> kl{};
  for (std::size_t i = 0; i < 6; ++i) {
    lq.push_back(std::log(q[i]) + 1);
    lp.push_back(std::log(p[i]) - 2);
    kl[i / 3] += q[i] == 0 ? 0 : q[i] / wq[i] * std::log(q[i] / wq[i] / (p[i] / wp[i]));
  }
  vi.initialise(1);
  for (const char* name : {"caa", "cab", "cba", "cbb"}) {
    set(vi, std::string("q.") + name + ".param0.value", name[1] == 'a' ? q : lq);
    set(vi, std::string("p.") + name + ".param0.value", name[2] == 'a' ? p : lp);
  }
  const auto loaded = vi.load(data(x = column_of<TestType>({0.0})));
  const std::vector<std::uint32_t> rows{0};
  const double bound = value_or_nan([&] { return vi.gradient(loaded, rows, {.seed = 1}).bound; });
  CHECK(bound == Approx(-4 * (kl[0] + kl[1]) - 0.91893853320467274).epsilon(1e-5));
  for (const auto& info : vi.parameter_table()) {
    const bool of_guide = info.name[0] == 'q', guide_by_probs = info.name[3] == 'a',
               prior_by_probs = info.name[4] == 'a';
    for (std::size_t i = 0; i < 6; ++i) {
      CAPTURE(info.name, i);
      const double g = static_cast<double>(vi.gradient()[info.offset + i]);
      REQUIRE(std::isfinite(g));
      const double pi = q[i] / wq[i], pp = p[i] / wp[i];
      double want = 0;
      if (of_guide && q[i] != 0)
        want = -(std::log(pi / pp) - kl[i / 3]) * (guide_by_probs ? 1 / wq[i] : pi);
      if (!of_guide && q[i] != 0) want = (pi - pp) * (prior_by_probs ? 1 / p[i] : 1);
      if (of_guide && guide_by_probs && q[i] == 0) continue;  // infinite, held finite
      if (!of_guide && prior_by_probs && q[i] == 0) want = -1 / wp[i];
      CHECK(g == Approx(want).epsilon(1e-5).margin(1e-6));
    }
  }
}

// ---- estimators

constexpr auto u0 = latent<"u0", 3>;
constexpr auto u1 = latent<"u1", 3>;
constexpr auto u2 = latent<"u2", 3>;
constexpr auto u3 = latent<"u3", 3>;
constexpr auto u4 = latent<"u4", 3>;
constexpr auto u5 = latent<"u5", 3>;
constexpr auto u6 = latent<"u6", 3>;
constexpr auto u7 = latent<"u7", 3>;
constexpr auto u8 = latent<"u8", 3>;
constexpr auto u9 = latent<"u9", 3>;
constexpr auto v0 = latent<"v0", 3>;
constexpr auto v1 = latent<"v1", 3>;

/// Every latent by an estimator of its own, in one likelihood; the log-density is quadratic in the
/// units, so that its mean and derivatives have a closed form.
constexpr auto unit_model = model(plate<"row">(
    u0 = ~bernoulli(uniform), u1 = ~bernoulli(uniform), u2 = ~bernoulli(uniform),
    u3 = ~bernoulli(uniform), u4 = ~bernoulli(uniform), u5 = ~bernoulli(uniform),
    u6 = ~bernoulli(uniform), u7 = ~bernoulli(uniform), u8 = ~bernoulli(uniform),
    u9 = ~bernoulli(uniform), v0 = ~bernoulli(uniform), v1 = ~bernoulli(uniform),
    x = ~normal(sum(u0 * param<3>()) + sum(u1 * param<3>()) + sum(u2 * param<3>()) +
                    sum(u3 * param<3>()) + sum(u4 * param<3>()) + sum(u5 * param<3>()) +
                    sum(u6 * param<3>()) + sum(u7 * param<3>()) + sum(u8 * param<3>()) +
                    sum(u9 * param<3>()) + sum(v0 * param<3>()) + sum(v1 * param<3>()),
                1)));
constexpr auto unit_guide = guide(plate<"row">(
    u0 = ~bernoulli(probs = param<3>()).by(enumerate{}),
    u1 = ~bernoulli(probs = param<3>()).by(local_expectation{}),
    u2 = ~bernoulli(probs = param<3>()).by(arm{}), u3 = ~bernoulli(probs = param<3>()).by(disarm{}),
    u4 = ~bernoulli(probs = param<3>()).by(ars_plus{}),
    u5 = ~bernoulli(probs = param<3>()).by(direct_argmax{0.01}),
    u6 = ~bernoulli(probs = param<3>()).by(importance_sampling{}),
    u7 = ~bernoulli(probs = param<3>()).by(score),
    u8 = ~bernoulli(probs = param<3>()).by(arsm_plus{}),
    u9 = ~bernoulli(probs = param<3>()).by(rebar{}),
    v0 = ~bernoulli(probs = param<3>()).by(muprop{}),
    v1 = ~bernoulli(probs = param<3>()).by(darn{})));  // exact where f is quadratic

/// The mean gradient by all parameters over many steps, and its error; every one is finite.
template <class Inference>
estimate finite_gradients(Inference& vi, double datum, double kl_weight, std::size_t steps) {
  using T = std::remove_cvref_t<decltype(vi.gradient()[0])>;
  const std::vector<double> same(200, datum);
  const auto loaded = vi.load(data(x = column_of<T>(same)));
  std::vector<std::uint32_t> rows(same.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  estimate e;
  parameters sum, square;
  for (const auto& p : vi.parameter_table()) {
    sum[p.name].assign(p.size, 0.0);
    square[p.name].assign(p.size, 0.0);
  }
  for (std::size_t s = 1; s <= steps; ++s) {
    const double bound = value_or_nan([&] {
      return vi.gradient(loaded, rows, {.seed = 4, .step = s, .kl_weight = kl_weight}).bound;
    });
    REQUIRE(std::isfinite(bound));
    e.bound += bound / static_cast<double>(steps);
    for (const auto& p : vi.parameter_table())
      for (std::size_t j = 0; j < p.size; ++j) {
        const double g = static_cast<double>(vi.gradient()[p.offset + j]);
        CAPTURE(p.name, j);
        REQUIRE(std::isfinite(g));
        sum[p.name][j] += g;
        square[p.name][j] += g * g;
      }
  }
  const double n = static_cast<double>(steps);
  for (const auto& [name, total] : sum)
    for (std::size_t j = 0; j < total.size(); ++j) {
      const double g = total[j] / n;
      e.mean[name].push_back(g);
      e.error[name].push_back(std::sqrt(std::max(0.0, square[name][j] / n - g * g) / (n - 1)));
    }
  return e;
}

TEMPLATE_TEST_CASE("estimators of units whose probabilities are 0 and 1", "", float, double) {
  auto vi = infer<elbo<1>, TestType>(unit_model, unit_guide);
  vi.initialise(1);
  const std::vector<std::string> names{"u0", "u1", "u2", "u3", "u4", "u5",
                                       "u6", "u7", "u8", "u9", "v0", "v1"};
  const std::vector<double> p{0, 0.3, 1};
  const double datum = 0.7;
  double mean = 0;
  std::vector<std::vector<double>> w;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double s = static_cast<double>(i);
    w.push_back({0.3 + 0.1 * s, 0.5 - 0.07 * s, -0.4 + 0.05 * s});
    set(vi, "q." + names[i] + ".param0.value", p);
    set(vi, "p.x.param" + std::to_string(i) + ".value", w.back());
    for (std::size_t j = 0; j < 3; ++j) mean += p[j] * w[i][j];
  }
  const estimate e = finite_gradients(vi, datum, 0, 100);
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      CAPTURE(names[i], j);
      const std::string name = "q." + names[i] + ".param0.value";
      const double g = e.mean.at(name)[j], error = e.error.at(name)[j];
      // ∂ E[−½(x − s)²]/∂p of a unit with weight w
      const double want = (datum - mean) * w[i][j] - 0.5 * w[i][j] * w[i][j] * (1 - 2 * p[j]);
      if (j != 1 && i > 1)
        CHECK(g == 0.0);  // draws tell nothing of the other value
      else                // direct_argmax is consistent as epsilon falls
        CHECK(std::abs(g - want) < 5 * error + (i == 5 ? 0.02 : 1e-3));
    }
}

// A value that makes the data impossible, and cannot be drawn: it weighs nothing.
constexpr auto gate = latent<"gate">;
constexpr auto gated_model =
    model(plate<"row">(gate = ~bernoulli(probs = param<>()), x = ~bernoulli(probs = 1 - gate)));
template <class E>
constexpr auto gated_guide(const E& e) {
  return guide(plate<"row">(gate = ~bernoulli(probs = param<>()).by(e)));
}

TEMPLATE_TEST_CASE("a value of weight 0 may be impossible", "", enumerate, local_expectation,
                   direct_argmax) {
  auto vi = infer<elbo<1>, float>(gated_model, gated_guide(TestType{}));
  vi.initialise(1);
  set(vi, "q.gate.param0.value", {0});
  set(vi, "p.gate.param0.value", {0.25});
  const estimate e = finite_gradients(vi, 1, 1, 2);
  CHECK(e.bound == Approx(std::log(0.75)));
  CHECK(e.mean.at("p.gate.param0.value")[0] == Approx(-1 / 0.75));
}

constexpr auto relaxed_model = model(plate<"row">(
    u0 = ~bernoulli(probs = 0.5), u1 = ~bernoulli(probs = 0.5), u2 = ~bernoulli(probs = 0.5),
    u3 = ~bernoulli(probs = 0.5), u4 = ~bernoulli(probs = param<3>()),
    x = ~normal(sum(u0) + sum(u1) + sum(u2) + sum(u3) + sum(u4), 1)));
constexpr auto relaxed_guide =
    guide(plate<"row">(u0 = ~bernoulli(probs = param<3>()).by(gumbel_softmax{}),
                       u1 = ~bernoulli(probs = param<3>()).by(straight_through{}),
                       u2 = ~bernoulli(probs = param<3>()).by(straight_through_gumbel_softmax{}),
                       u3 = ~bernoulli(probs = param<3>()).by(relax()),
                       u4 = ~bernoulli(logits = param<3>()).by(gumbolt{})));

TEMPLATE_TEST_CASE("relaxed units whose probabilities are 0 and 1", "", float, double) {
  auto vi = infer<elbo<1>, TestType>(relaxed_model, relaxed_guide);
  vi.initialise(1);
  for (const char* name : {"u0", "u1", "u2", "u3"})
    set(vi, std::string("q.") + name + ".param0.value", {0, 0.3, 1});
  set(vi, "q.u4.param0.value", {-inf, 0.3, inf});
  set(vi, "p.u4.param0.value", {0, 0.6, 1});
  for (const double kl_weight : {0.0, 1.0}) finite_gradients(vi, 0.7, kl_weight, 20);
}

constexpr auto c0 = latent<"c0">;
constexpr auto c1 = latent<"c1">;
constexpr auto c2 = latent<"c2">;
constexpr auto c3 = latent<"c3">;
constexpr auto c4 = latent<"c4">;
constexpr auto c5 = latent<"c5">;
constexpr auto c6 = latent<"c6">;
constexpr auto c7 = latent<"c7">;
constexpr auto d0 = latent<"d0">;
constexpr auto d1 = latent<"d1">;
constexpr auto d2 = latent<"d2">;
constexpr auto d3 = latent<"d3">;
constexpr auto category_model = model(plate<"row">(
    c0 = ~categorical<3>(uniform), c1 = ~categorical<3>(uniform), c2 = ~categorical<3>(uniform),
    c3 = ~categorical<3>(uniform), c4 = ~categorical<3>(uniform), c5 = ~categorical<3>(uniform),
    c6 = ~categorical<3>(uniform), c7 = ~categorical<3>(uniform), d0 = ~categorical<3>(uniform),
    d1 = ~categorical<3>(uniform), d2 = ~categorical<3>(uniform), d3 = ~categorical<3>(uniform),
    x = ~normal(sum(c0 * param<3>()) + sum(c1 * param<3>()) + sum(c2 * param<3>()) +
                    sum(c3 * param<3>()) + sum(c4 * param<3>()) + sum(c5 * param<3>()) +
                    sum(c6 * param<3>()) + sum(c7 * param<3>()) + sum(d0 * param<3>()) +
                    sum(d1 * param<3>()) + sum(d2 * param<3>()) + sum(d3 * param<3>()),
                1)));
constexpr auto category_guide =
    guide(plate<"row">(c0 = ~categorical<3>(probs = param<3>()).by(enumerate{}),
                       c1 = ~categorical<3>(probs = param<3>()).by(local_expectation{}),
                       c2 = ~categorical<3>(probs = param<3>()).by(direct_argmax{0.01}),
                       c3 = ~categorical<3>(probs = param<3>()).by(ars_plus{}),
                       c4 = ~categorical<3>(probs = param<3>()).by(arsm_plus{}),
                       c5 = ~categorical<3>(probs = param<3>()).by(importance_sampling{}),
                       c6 = ~categorical<3>(probs = param<3>()).by(score),
                       c7 = ~categorical<3>(probs = param<3>()).by(rebar{}),
                       d0 = ~categorical<3>(logits = param<3>()).by(direct_argmax{0.01}),
                       d1 = ~categorical<3>(logits = param<3>()).by(ars_plus{}),
                       d2 = ~categorical<3>(logits = param<3>()).by(importance_sampling{0.0}),
                       d3 = ~categorical<3>(logits = param<3>()).by(rebar{})));

TEMPLATE_TEST_CASE("estimators of categories that cannot occur", "", float, double) {
  auto vi = infer<elbo<1>, TestType>(category_model, category_guide);
  vi.initialise(1);
  const std::vector<std::string> names{"c0", "c1", "c2", "c3", "c4", "c5",
                                       "c6", "c7", "d0", "d1", "d2", "d3"};
  // Weights up to a factor. The impossible category is the first, or the last by logits.
  const std::vector<double> weight{0, 0.8, 1.2}, by_logits{0.6, 0.4, 0};
  const double datum = 0.7;
  double mean = 0;
  std::vector<std::vector<double>> w, pi;
  std::vector<double> own;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double s = static_cast<double>(i);
    w.push_back({0.3 + 0.1 * s, 0.5 - 0.07 * s, -0.4 + 0.05 * s});
    const bool probs_given = names[i][0] == 'c';
    pi.push_back(probs_given ? std::vector<double>{0, 0.4, 0.6} : by_logits);
    set(vi, "q." + names[i] + ".param0.value",
        probs_given ? weight : std::vector<double>{std::log(0.6), std::log(0.4), -inf});
    set(vi, "p.x.param" + std::to_string(i) + ".value", w.back());
    own.push_back(pi[i][0] * w[i][0] + pi[i][1] * w[i][1] + pi[i][2] * w[i][2]);
    mean += own.back();
  }
  const estimate e = finite_gradients(vi, datum, 0, 100);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool probs_given = names[i][0] == 'c';
    std::vector<double> f;  // of each category, up to an addend
    double expected = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const double rest = datum - (mean - own[i]) - w[i][j];
      f.push_back(-0.5 * rest * rest);
      expected += pi[i][j] * f[j];
    }
    for (std::size_t j = 0; j < 3; ++j) {
      CAPTURE(names[i], j);
      const std::string name = "q." + names[i] + ".param0.value";
      const double g = e.mean.at(name)[j], error = e.error.at(name)[j];
      const double want = (f[j] - expected) * (probs_given ? 0.5 : pi[i][j]);
      if (probs_given && pi[i][j] == 0 && i > 1)
        CHECK(g == 0.0);  // draws tell nothing of it
      else
        CHECK(std::abs(g - want) <
              5 * error + (names[i] == "c2" || names[i] == "d0" ? 0.02 : 1e-3));
    }
  }
}

}  // namespace
}  // namespace tests
