#include <cmath>
#include <limits>
#include <vector>

#include "family_laws.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/families/bernoulli_by_probs.hpp>
#include <variad/dsl/families/categorical.hpp>

using namespace variad;
using family_laws::near;
using kernel_check::check_derivative;
using kernel_check::check_float;

namespace {

/// Logits, or probabilities.
template <class F>
family_laws::ranges range_of() {
  const bool any = F::parameter_rules[0].must_be == parameter_constraint::any;
  return any ? family_laws::ranges{{-1.5, 1.5}} : family_laws::ranges{{0.05, 0.95}};
}
template <int K>
using by_probs = families::categorical<K, families::categories_by::probs>;

/// The logits [n, k] that a categorical estimator sees.
template <class F, class T>
std::vector<T> logits_of(const std::vector<std::vector<T>>& p, std::size_t n) {
  const auto k = static_cast<std::size_t>(F::categories(shape_of()));
  std::vector<T> out(n * k);
  F::logits(family_laws::rows_of(p), out.data(), n);
  return out;
}

/// Softmax of k logits in double.
template <class T>
std::vector<double> probabilities(const T* logit, std::size_t k) {
  std::vector<double> p(k);
  double total = 0;
  for (std::size_t j = 0; j < k; ++j) total += p[j] = std::exp(static_cast<double>(logit[j]));
  for (double& x : p) x /= total;
  return p;
}

/// A value of one declared variable.
template <class F, class T>
std::vector<T> value_of(std::size_t category) {
  const auto k = static_cast<std::size_t>(F::categories(shape_of()));
  std::vector<T> value(static_cast<std::size_t>(F::value_shape(shape_of()).size()), T(7));
  F::set_category(value.data(), 0, category, k);
  return value;
}

}  // namespace

TEMPLATE_TEST_CASE("discrete families: density by enumeration", "[families]", families::bernoulli,
                   families::categorical<2>, families::categorical<3>, families::categorical<10>,
                   families::categorical<8>, families::categorical<16>, families::categorical<17>,
                   families::categorical<32>, families::bernoulli_by_probs, by_probs<3>,
                   by_probs<17>) {
  using F = TestType;
  static_assert(discrete_family<F> && samplable_family<F> && family_with_entropy<F> &&
                !reparameterizable_family<F>);
  const auto k = static_cast<std::size_t>(F::categories(shape_of()));
  for (unsigned seed = 1; seed < 6; ++seed) {
    const auto q = family_laws::draw_parameters<F, double>(range_of<F>(), shape_of(), seed);
    const auto p = family_laws::draw_parameters<F, double>(range_of<F>(), shape_of(), seed + 50);
    const shape event = F::parameter_shape(0, shape_of());
    const auto pi = probabilities(logits_of<F>(q, 1).data(), k);
    double total = 0, entropy = 0, divergence = 0;
    std::vector<double> expected(static_cast<std::size_t>(F::value_shape(shape_of()).size()), 0.0);
    for (std::size_t j = 0; j < k; ++j) {
      const auto value = value_of<F, double>(j);
      REQUIRE(F::category(value.data(), 0, k) == j);
      const double l = family_laws::log_prob_of<F>(value, q, shape_of());
      REQUIRE(l == near<double>(std::log(pi[j])));
      total += std::exp(l);
      entropy -= std::exp(l) * l;
      divergence += std::exp(l) * (l - family_laws::log_prob_of<F>(value, p, shape_of()));
      for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += std::exp(l) * value[i];
    }
    CHECK(total == near<double>(1));
    CHECK(family_laws::number_of<typename F::entropy, double>({}, {q[0]}, {event}, event) ==
          near<double>(entropy));
    CHECK(family_laws::number_of<kl_divergence<F, F>, double>({}, {q[0], p[0]}, {event, event},
                                                              event) == near<double>(divergence));
    CHECK(family_laws::number_of<kl_divergence<F, F>, double>({}, {q[0], q[0]}, {event, event},
                                                              event) == near<double>(0));
    std::vector<double> said(expected.size());
    F::mean(family_laws::rows_of(q), said.data(), 1);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(said[i] == near<double>(expected[i]));
  }
}

TEMPLATE_TEST_CASE("discrete families: derivatives", "[families]", families::bernoulli,
                   families::categorical<2>, families::categorical<3>, families::categorical<8>,
                   families::categorical<16>, families::categorical<17>,
                   families::bernoulli_by_probs, by_probs<3>, by_probs<17>) {
  using F = TestType;
  const auto [low, high] = range_of<F>()[0];
  // The work grows with the square of the numbers.
  const bool many = F::value_shape(shape_of()).size() > 8;
  for (const shape& declared :
       {shape_of(), shape_of(many ? 2 : 5), many ? shape_of(2, 2) : shape_of(3, 4)}) {
    const shape v = F::value_shape(declared), p = F::parameter_shape(0, declared);
    const shape one = F::parameter_shape(0, shape_of());  // the same for all variables
    for (const unsigned axes : {0u, 2u, 3u}) {
      // Linear in a one-hot value, so relaxed values are differentiated as well.
      for (const shape& event : {p, one, shape_of()}) {
        check_derivative(typename F::log_prob{}, {{v, 3, 0.0, 1.0}, {event, axes, low, high}}, v);
        check_derivative(typename F::entropy{}, {{event, 3, low, high}}, p);
        check_derivative(kl_divergence<F, F>{}, {{p, 3, low, high}, {event, axes, low, high}}, p);
        check_derivative(kl_divergence<F, F>{}, {{event, axes, low, high}, {p, 3, low, high}}, p);
      }
      check_float(typename F::log_prob{}, {{v, 3, 0.0, 1.0}, {p, axes, low, high}}, v);
      check_float(typename F::entropy{}, {{p, 3, low, high}}, p);
      check_float(kl_divergence<F, F>{}, {{p, 3, low, high}, {p, axes, low, high}}, p);
    }
  }
  for (const int n : {1, 4, 19}) family_laws::check_score<F>(range_of<F>(), shape_of(n), 3);
}

TEST_CASE("categorical: more groups than are normalised at a time", "[families]") {
  using F = families::categorical<17>;
  const shape declared = shape_of(37), v = F::value_shape(declared);
  check_derivative(F::log_prob{}, {{v, 0, 0.0, 0.02}, {v, 0}}, v);
  check_derivative(F::entropy{}, {{v, 0}}, v);
  check_derivative(kl_divergence<F, F>{}, {{v, 0}, {v, 0}}, v);
  check_derivative(kl_divergence<F, F>{}, {{shape_of(17), 0}, {v, 0}}, v);
  check_float(F::log_prob{}, {{v, 3, 0.0, 1.0}, {v, 2}}, v);
  check_float(F::entropy{}, {{v, 3}}, v);
  check_float(kl_divergence<F, F>{}, {{v, 3}, {v, 0}}, v);
}

TEMPLATE_TEST_CASE("discrete families: the score is the adjoint of the logits", "[families]",
                   families::bernoulli, families::categorical<2>, families::categorical<10>,
                   families::bernoulli_by_probs, by_probs<3>) {
  using F = TestType;
  const std::size_t n = 7, k = static_cast<std::size_t>(F::categories(shape_of()));
  const auto p = family_laws::draw_parameters<F, double>(range_of<F>(), shape_of(7), 4);
  const auto l = logits_of<F>(p, n);
  std::vector<double> value(static_cast<std::size_t>(F::value_shape(shape_of(7)).size()));
  F::sample(stream_key{1, 2}, family_laws::rows_of(p), value.data(), n);
  std::vector<double> adjoint(n * k), by_logits(p[0].size(), 0.0), by_score(p[0].size(), 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    const auto pi = probabilities(l.data() + i * k, k);
    const std::size_t z = F::category(value.data(), i, k);
    for (std::size_t j = 0; j < k; ++j) adjoint[i * k + j] = 0.3 * ((z == j ? 1.0 : 0.0) - pi[j]);
  }
  F::add_logit_adjoint(adjoint.data(), family_laws::rows_of(p),
                       {by_logits.data(), nullptr, nullptr}, n);
  F::score(value.data(), family_laws::rows_of(p), 0.3, {by_score.data(), nullptr, nullptr}, n);
  for (std::size_t i = 0; i < by_score.size(); ++i)
    CHECK(by_logits[i] == near<double>(by_score[i]));
}

namespace {

/// Draws of 3 variables in many rows: χ² of each against its probabilities, and of the pairs of
/// neighbours against independence.
template <class F, class T>
void check_sampler() {
  const std::size_t n = 3, rows = 20000, k = static_cast<std::size_t>(F::categories(shape_of()));
  const auto p = family_laws::draw_parameters<F, T>(range_of<F>(), shape_of(3), 8);
  const auto l = logits_of<F>(p, n);
  std::vector<std::vector<double>> count(n, std::vector<double>(k, 0.0));
  std::vector<double> pair(k * k, 0.0);
  std::vector<T> value(static_cast<std::size_t>(F::value_shape(shape_of(3)).size()));
  const stream_key stream = make_stream(9, 0, hash_name(F::name));
  for (std::size_t r = 0; r < rows; ++r) {
    F::sample(row_stream(stream, 0, static_cast<std::uint32_t>(r)), family_laws::rows_of(p),
              value.data(), n);
    for (std::size_t i = 0; i < n; ++i) ++count[i][F::category(value.data(), i, k)];
    ++pair[F::category(value.data(), 0, k) * k + F::category(value.data(), 1, k)];
  }
  // χ² of d degrees of freedom exceeds d + 2√(d·x) + 2x with probability at most e^−x (Laurent and
  // Massart 2000); x = 14 gives a false-alarm rate of 8e-7 for each test.
  const auto limit = [](std::size_t cells) {
    const double d = static_cast<double>(cells - 1), x = 14;
    return d + 2 * std::sqrt(d * x) + 2 * x;
  };
  std::vector<std::vector<double>> pi;
  for (std::size_t i = 0; i < n; ++i) {
    pi.push_back(probabilities(l.data() + i * k, k));
    double chi = 0;
    for (std::size_t j = 0; j < k; ++j) {
      const double want = static_cast<double>(rows) * pi[i][j];
      chi += (count[i][j] - want) * (count[i][j] - want) / want;
    }
    CHECK(chi < limit(k));
  }
  double chi = 0;
  for (std::size_t a = 0; a < k; ++a)
    for (std::size_t b = 0; b < k; ++b) {
      const double want = static_cast<double>(rows) * pi[0][a] * pi[1][b];
      chi += (pair[a * k + b] - want) * (pair[a * k + b] - want) / want;
    }
  CHECK(chi < limit(k * k));
}

}  // namespace

TEMPLATE_TEST_CASE("discrete families: draws follow the density", "[families]", families::bernoulli,
                   families::categorical<2>, families::categorical<3>, families::categorical<10>,
                   families::bernoulli_by_probs, by_probs<3>) {
  check_sampler<TestType, float>();
  check_sampler<TestType, double>();
}

TEMPLATE_TEST_CASE("many categorical variables in one row", "[families]", float, double) {
  using T = TestType;
  using F = families::categorical<3>;
  // More variables than are drawn at a time: 500 groups of equal logits, in each place one hot.
  const std::size_t n = 500;
  std::vector<std::vector<T>> p(1);
  for (std::size_t i = 0; i < n; ++i) p[0].insert(p[0].end(), {T(0), T(1), T(-1)});
  std::vector<T> value(3 * n, T(9));
  F::sample(stream_key{4, 4}, family_laws::rows_of(p), value.data(), n);
  double count[3] = {};
  for (std::size_t i = 0; i < n; ++i) {
    T sum = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      REQUIRE((value[3 * i + j] == T(0) || value[3 * i + j] == T(1)));
      sum += value[3 * i + j];
      count[j] += static_cast<double>(value[3 * i + j]);
    }
    REQUIRE(sum == T(1));
  }
  const auto pi = probabilities(p[0].data(), 3);
  // Five standard deviations: false alarms below 1e-6 each.
  for (std::size_t j = 0; j < 3; ++j)
    CHECK(std::abs(count[j] / 500 - pi[j]) < 5 * std::sqrt(pi[j] * (1 - pi[j]) / 500));
}

TEMPLATE_TEST_CASE("certain categories", "[families]", float, double) {
  using T = TestType;
  using F = families::categorical<4>;
  const std::vector<std::vector<T>> p{{T(-300), T(300), T(-300), T(0)}};
  std::vector<T> value(4);
  for (std::uint32_t r = 0; r < 100; ++r) {
    F::sample(stream_key{r, 0}, family_laws::rows_of(p), value.data(), 1);
    REQUIRE(F::category(value.data(), 0, 4) == 1);
  }
  CHECK(family_laws::log_prob_of<F>(value, p, shape_of()) == near<T>(0));
  // A category that cannot occur.
  const T never = -std::numeric_limits<T>::infinity();
  const std::vector<std::vector<T>> without{{T(1), never, T(1), T(1)}};
  F::mean(family_laws::rows_of(without), value.data(), 1);
  CHECK(value[1] == T(0));
  for (const std::size_t j : {0u, 2u, 3u}) CHECK(value[j] == near<T>(1.0 / 3));
  const shape event = shape_of(4);
  CHECK(family_laws::number_of<typename F::entropy, T>({}, {p[0]}, {event}, event) == near<T>(0));
}
