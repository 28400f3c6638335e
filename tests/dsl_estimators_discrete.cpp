#include "estimator_check.hpp"

// Estimators of discrete draws against enumeration: one variable, a product of three, another draw
// downstream.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x">;
constexpr auto z = latent<"z", 3>;
constexpr auto b = latent<"b">;

constexpr double datum = 0.7;

// A product of three variables through layers that make every joint value count.
template <class Draw>
constexpr auto product_model(const Draw& draw) {
  return model(plate<"row">(z = ~draw, x = ~normal(sum(tanh(dense<4>(z))), 1)));
}
constexpr auto binary_model = product_model(bernoulli(logits = param<3>()));
constexpr auto ternary_model = product_model(categorical<3>(logits = param<3, 3>()));

template <class E>
constexpr auto binary_guide(const E& e) {
  return guide(plate<"row">(z = ~bernoulli(logits = param<3>()).by(e)));
}
template <class E>
constexpr auto ternary_guide(const E& e) {
  return guide(plate<"row">(z = ~categorical<3>(logits = param<3, 3>()).by(e)));
}

// The same with a draw that depends on it.
constexpr auto chain_model = model(plate<"row">(
    z = ~categorical<3>(logits = param<3, 3>()), b = ~categorical<2>(logits = dense<2>(z)),
    x = ~normal(sum(tanh(dense<4>(z))) + take(param<2>(), b), 1)));
template <class E, class F>
constexpr auto chain_guide(const E& e, const F& f) {
  return guide(plate<"row">(z = ~categorical<3>(logits = param<3, 3>()).by(e),
                            b = ~categorical<2>(logits = dense<2>(z)).by(f)));
}

struct moments {
  estimate measured;
  parameters exact;
  double bound;
};

/// The mean gradient of `vi` over steps of `rows` data each, beside that of `reference`, which
/// enumerates.
template <class Inference, class Reference>
moments compare(Inference vi, Reference reference, std::size_t steps, std::size_t rows) {
  spread_parameters(vi);
  spread_parameters(reference);
  const auto one = reference.load(data(x = repeated(datum, 1)));
  const estimate e = mean_gradient(reference, one, 1);
  return {mean_gradient(vi, vi.load(data(x = repeated(datum, rows))), steps), e.mean, e.bound};
}
template <class Inference, class Reference>
void check(Inference vi, Reference reference, std::size_t steps = 400, std::size_t rows = 200) {
  const moments m = compare(std::move(vi), std::move(reference), steps, rows);
  require_unbiased(m.measured, m.exact, m.bound);
}

template <class E>
auto binary_by(const E& e) {
  return infer<elbo<1>, double>(binary_model, binary_guide(e));
}
template <class E>
auto ternary_by(const E& e) {
  return infer<elbo<1>, double>(ternary_model, ternary_guide(e));
}
template <class E, class F>
auto chain_by(const E& e, const F& f) {
  return infer<elbo<1>, double>(chain_model, chain_guide(e, f));
}

TEST_CASE("local expectations") {
  check(binary_by(local_expectation{}), binary_by(enumerate{}));
  check(ternary_by(local_expectation{}), ternary_by(enumerate{}));
  check(chain_by(local_expectation{}, score_function(no_baseline)),
        chain_by(enumerate{}, enumerate{}));
}

TEST_CASE("pairs of binary draws") {
  check(binary_by(arm{}), binary_by(enumerate{}));
  check(binary_by(disarm{}), binary_by(enumerate{}));
}

TEMPLATE_TEST_CASE("swaps of categories", "", ars, ars_plus, arsm, arsm_plus) {
  check(binary_by(TestType{}), binary_by(enumerate{}));
  check(ternary_by(TestType{}), ternary_by(enumerate{}));
  check(chain_by(TestType{}, local_expectation{}), chain_by(enumerate{}, enumerate{}));
}

/// The largest difference between the gradients of one step.
template <class A, class B>
double difference_of(A first, B second) {
  spread_parameters(first);
  spread_parameters(second);
  const auto some = first.load(data(x = repeated(datum, 50)));
  std::vector<std::uint32_t> rows(50);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  double largest = 0;
  for (std::uint64_t step = 1; step <= 20; ++step) {
    first.gradient(some, rows, {.seed = 3, .step = step});
    second.gradient(some, rows, {.seed = 3, .step = step});
    for (std::size_t i = 0; i < first.gradient().size(); ++i)
      largest = std::max(largest, std::abs(first.gradient()[i] - second.gradient()[i]));
  }
  return largest;
}

TEST_CASE("of two categories, arsm is arm and ars_plus is disarm") {
  CHECK(difference_of(binary_by(arsm{}), binary_by(arm{})) < 1e-12);
  CHECK(difference_of(binary_by(ars_plus{}), binary_by(disarm{})) < 1e-12);
  CHECK(difference_of(binary_by(ars{}), binary_by(disarm{})) > 1e-3);
}

/// The sum of the variances of all gradients.
template <class Inference>
double variance_of(Inference vi) {
  spread_parameters(vi);
  const estimate e = mean_gradient(vi, vi.load(data(x = repeated(datum, 1))), 20000);
  double total = 0;
  for (const double s : e.error.at("q.z.param0.value")) total += s * s;
  return total;
}

TEST_CASE("integrating out lowers the variance") {
  // Twenty thousand gradients give a variance to about one percent.
  CHECK(variance_of(binary_by(disarm{})) < 0.95 * variance_of(binary_by(arm{})));
  CHECK(variance_of(ternary_by(ars_plus{})) < 0.95 * variance_of(ternary_by(ars{})));
  CHECK(variance_of(ternary_by(arsm_plus{})) < 0.98 * variance_of(ternary_by(arsm{})));
  CHECK(variance_of(ternary_by(arsm{})) < 0.95 * variance_of(ternary_by(ars{})));
}

// Under iwae the cost of a swap is the bound with the sample's weight replaced.

constexpr auto single = latent<"z">;
constexpr auto one_model = model(plate<"row">(single = ~categorical<3>(logits = param<3>()),
                                              x = ~normal(take(param<3>(), single), 1)));
template <class E>
auto one_by(const E& e) {
  return infer<iwae<2>, double>(
      one_model, guide(plate<"row">(single = ~categorical<3>(logits = param<3>()).by(e))));
}
double exact_iwae(const parameters& p) {
  const auto q = softmax(p.at("q.z.param0.value")), prior = softmax(p.at("p.z.param0.value"));
  const auto w = [&](std::size_t k) {
    return prior[k] / q[k] * std::exp(log_normal_density(datum, p.at("p.x.param0.value")[k], 1));
  };
  double total = 0;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) total += q[i] * q[j] * std::log((w(i) + w(j)) / 2);
  return total;
}

TEMPLATE_TEST_CASE("importance-weighted bounds", "", local_expectation, ars, ars_plus, arsm,
                   arsm_plus, vimco) {
  auto vi = one_by(TestType{});
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, vi.load(data(x = repeated(datum, 200))), 400),
                   finite_differences(exact_iwae, at), exact_iwae(at));
}

// Relaxations are biased; the bias falls with the temperature.

template <class Inference, class Reference>
double bias(Inference vi, Reference reference) {
  const moments m = compare(std::move(vi), std::move(reference), 400, 500);
  return distance(m.measured, m.exact);
}

TEST_CASE("the bias of Gumbel-Softmax falls with its temperature") {
  // 200,000 draws at 0.05 leave a standard error below 0.01.
  const double sharp = bias(ternary_by(gumbel_softmax{0.05}), ternary_by(enumerate{}));
  CHECK(sharp < 0.05);
  CHECK(bias(ternary_by(gumbel_softmax{2.0}), ternary_by(enumerate{})) > 3 * sharp);
  const double sharp_binary = bias(binary_by(gumbel_softmax{0.05}), binary_by(enumerate{}));
  CHECK(sharp_binary < 0.05);
  CHECK(bias(binary_by(gumbel_softmax{2.0}), binary_by(enumerate{})) > 3 * sharp_binary);
}

struct detached_rebar : variad::internals::rebar_gradient<false> {
  static constexpr estimator_traits traits{.name = "detached_rebar", .bias = bias_class::biased};
};
/// With the weight and the temperature held fixed.
template <class Rebar>
Rebar fixed_rebar(double tau) {
  Rebar r;
  r.tau = tau;
  r.learn = false;
  return r;
}

TEST_CASE("rebar") {
  check(binary_by(fixed_rebar<rebar>(0.5)), binary_by(enumerate{}));
  check(ternary_by(fixed_rebar<rebar>(0.3)), ternary_by(enumerate{}));
  check(chain_by(fixed_rebar<rebar>(0.5), enumerate{}), chain_by(enumerate{}, enumerate{}));
  check(chain_by(enumerate{}, fixed_rebar<rebar>(0.5)), chain_by(enumerate{}, enumerate{}));
}

TEST_CASE("rebar of improbable categories is finite, in float too") {
  auto vi = infer<elbo<1>>(ternary_model, ternary_guide(rebar{}));
  vi.initialise(1);
  auto logits = vi.parameter("q.z.param0.value");
  float at = -300;
  for (auto& l : logits) l = at += 70;
  vi.set_parameter("q.z.param0.value", logits);
  const auto some = vi.load(data(x = repeated(datum, 100)));
  std::vector<std::uint32_t> rows(100);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  for (std::uint64_t step = 1; step <= 20; ++step) {
    vi.gradient(some, rows, {.seed = 1, .step = step});
    for (const float g : vi.gradient()) REQUIRE(std::isfinite(g));
  }
}

TEST_CASE("rebar learns without bias, and lowers the variance") {
  check(binary_by(rebar{}), binary_by(enumerate{}));
  check(ternary_by(rebar{}), ternary_by(enumerate{}));
  CHECK(variance_of(ternary_by(rebar{})) <
        0.8 * variance_of(ternary_by(score_function(no_baseline))));
}

/// The largest distance of the guide's gradient from the exact one, in standard errors.
double most_errors(const moments& m) {
  double most = 0;
  for (std::size_t i = 0; i < m.exact.at("q.z.param0.value").size(); ++i)
    most = std::max(most, std::abs(m.measured.mean.at("q.z.param0.value")[i] -
                                   m.exact.at("q.z.param0.value")[i]) /
                              m.measured.error.at("q.z.param0.value")[i]);
  return most;
}

TEST_CASE("a conditional sample that is detached biases rebar") {
  CHECK(most_errors(compare(binary_by(fixed_rebar<detached_rebar>(0.5)), binary_by(enumerate{}),
                            400, 200)) > 12);
  CHECK(most_errors(compare(ternary_by(fixed_rebar<detached_rebar>(0.5)), ternary_by(enumerate{}),
                            400, 200)) > 20);
}

TEST_CASE("muprop") {
  check(binary_by(muprop{}), binary_by(enumerate{}));
  check(ternary_by(muprop{}), ternary_by(enumerate{}));
  check(chain_by(muprop{}, enumerate{}), chain_by(enumerate{}, enumerate{}));
  check(chain_by(enumerate{}, muprop{}), chain_by(enumerate{}, enumerate{}));
  CHECK(variance_of(ternary_by(muprop{})) <
        0.8 * variance_of(ternary_by(score_function(no_baseline))));
}

// A log-likelihood that is quadratic in each variable.
template <class Draw>
constexpr auto quadratic_model(const Draw& draw) {
  return model(plate<"row">(z = ~draw, x = ~normal(sum(dense<1>(z)), 1)));
}
template <class E>
auto quadratic_binary_by(const E& e) {
  return infer<elbo<1>, double>(quadratic_model(bernoulli(logits = param<3>())), binary_guide(e));
}
template <class E>
auto quadratic_ternary_by(const E& e) {
  return infer<elbo<1>, double>(quadratic_model(categorical<3>(logits = param<3, 3>())),
                                ternary_guide(e));
}

TEST_CASE("darn is exact for quadratic objectives, and biased for others") {
  check(quadratic_binary_by(darn{}), quadratic_binary_by(enumerate{}));
  check(quadratic_ternary_by(darn{}), quadratic_ternary_by(enumerate{}));
  CHECK(most_errors(compare(ternary_by(darn{}), ternary_by(enumerate{}), 1000, 1000)) > 8);
}

TEST_CASE("reinmax is exact for quadratic objectives, and biased for others") {
  check(quadratic_binary_by(reinmax{}), quadratic_binary_by(enumerate{}));
  check(quadratic_ternary_by(reinmax{}), quadratic_ternary_by(enumerate{}));
  CHECK(most_errors(compare(ternary_by(reinmax{}), ternary_by(enumerate{}), 1000, 1000)) > 8);
}

// Straight-through derivatives of one binary variable, by quadrature over its logistic noise.

constexpr auto unit = latent<"u", 1>;
constexpr auto unit_model = model(
    plate<"row">(unit = ~bernoulli(logits = param<1>()), x = ~normal(sum(dense<1>(unit)), 1)));

/// Whether the mean gradient in the logit l is ∂(−KL)/∂l + E[∂ log p(x ∣ z)/∂z · factor(l + ε)]
/// with z = 1[l + ε > 0].
template <class E>
void check_straight_through(const E& e, const std::function<double(double)>& factor) {
  auto vi = infer<elbo<1>, double>(
      unit_model, guide(plate<"row">(unit = ~bernoulli(logits = param<1>()).by(e))));
  spread_parameters(vi);
  const parameters p = parameters_of(vi);
  const double l = p.at("q.u.param0.value")[0], prior = p.at("p.u.param0.value")[0],
               w = p.at("p.x.dense0.weight")[0], at_0 = p.at("p.x.dense0.bias")[0];
  const auto sigmoid = [](double t) { return 1 / (1 + std::exp(-t)); };
  double expected = -sigmoid(l) * sigmoid(-l) * (l - prior);
  constexpr int points = 400000;
  for (int i = 0; i < points; ++i) {
    const double u = (i + 0.5) / points, noisy = l + std::log(u / (1 - u));
    const double on = noisy > 0 ? 1 : 0;
    expected += (datum - w * on - at_0) * w * factor(noisy) / points;
  }
  const estimate found = mean_gradient(vi, vi.load(data(x = repeated(datum, 500))), 400);
  CHECK(std::abs(found.mean.at("q.u.param0.value")[0] - expected) <
        4.8 * found.error.at("q.u.param0.value")[0] + 1e-5);
}

TEST_CASE("straight-through derivatives") {
  const auto slope = [](double t) { return 1 / (2 + std::exp(t) + std::exp(-t)); };
  const double l = [] {
    auto vi = infer<elbo<1>, double>(unit_model,
                                     guide(plate<"row">(unit = ~bernoulli(logits = param<1>()))));
    spread_parameters(vi);
    return vi.parameter("q.u.param0.value")(0);
  }();
  check_straight_through(straight_through{}, [&](double) { return slope(l); });
  check_straight_through(straight_through_gumbel_softmax{0.4},
                         [&](double noisy) { return slope(noisy / 0.4) / 0.4; });
}

}  // namespace
}  // namespace tests
