#include "estimator_check.hpp"

// One latent: every estimator against the exact gradient, under elbo and iwae.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x">;
constexpr auto z = latent<"z">;
constexpr auto y = latent<"y", 3>;  // a product of three

constexpr auto one = model(
    plate<"row">(z = ~categorical<3>(logits = param<3>()), x = ~normal(take(param<3>(), z), 1)));

template <class E>
constexpr auto one_by(const E& e) {
  return guide(plate<"row">(z = ~categorical<3>(logits = param<3>()).by(e)));
}

constexpr double datum = 0.7;

/// log w of one draw, from the parameters.
double log_weight(const parameters& p, std::size_t k) {
  const auto q = softmax(p.at("q.z.param0.value")), prior = softmax(p.at("p.z.param0.value"));
  return std::log(prior[k]) - std::log(q[k]) +
         log_normal_density(datum, p.at("p.x.param0.value")[k], 1);
}
double exact_elbo(const parameters& p) {
  const auto q = softmax(p.at("q.z.param0.value"));
  double total = 0;
  for (std::size_t k = 0; k < 3; ++k) total += q[k] * log_weight(p, k);
  return total;
}
double exact_iwae(const parameters& p) {  // two samples
  const auto q = softmax(p.at("q.z.param0.value"));
  double total = 0;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      total +=
          q[i] * q[j] * std::log(0.5 * (std::exp(log_weight(p, i)) + std::exp(log_weight(p, j))));
  return total;
}

template <class Inference>
void check(Inference vi, const std::function<double(const parameters&)>& exact,
           std::size_t steps = 400, std::size_t rows = 200) {
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = repeated(datum, rows)));
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, loaded, steps), finite_differences(exact, at), exact(at));
}

TEST_CASE("enumerate is exact under elbo and unbiased under iwae") {
  check(infer<elbo<1>, double>(one, one_by(enumerate{})), exact_elbo, 2, 3);
  check(infer<iwae<2>, double>(one, one_by(enumerate{})), exact_iwae);
}
TEST_CASE("the score function is unbiased with every baseline") {
  check(infer<elbo<1>, double>(one, one_by(score_function(no_baseline))), exact_elbo);
  check(infer<elbo<1>, double>(one, one_by(score_function(baselines::moving{}))), exact_elbo);
  check(infer<elbo<4>, double>(one, one_by(score_function(leave_one_out))), exact_elbo);
  check(infer<iwae<2, 3>, double>(one, one_by(score_function(leave_one_out))), exact_iwae);
}
TEST_CASE("importance sampling with a flatter proposal is unbiased") {
  check(infer<elbo<2>, double>(one, one_by(importance_sampling{0.4})), exact_elbo);
}

TEST_CASE("the bias of direct argmax shrinks with epsilon") {
  const auto bias = [](double epsilon, difference d) {
    auto vi = infer<elbo<1>, double>(one, one_by(direct_argmax{epsilon, d}));
    spread_parameters(vi);
    const auto loaded = vi.load(data(x = repeated(datum, 1000)));
    return distance(mean_gradient(vi, loaded, 400),
                    finite_differences(exact_elbo, parameters_of(vi)));
  };
  // 400,000 draws at epsilon 0.05 leave a standard error below 0.005.
  CHECK(bias(0.05, difference::central) < 0.02);
  CHECK(bias(0.05, difference::forward) < 0.03);
  CHECK(bias(0.05, difference::backward) < 0.03);
  CHECK(bias(3.0, difference::forward) > 0.015);
  CHECK(bias(3.0, difference::central) > bias(0.3, difference::central));
}

TEST_CASE("direct argmax under iwae approaches the exact gradient") {
  auto vi = infer<iwae<2>, double>(one, one_by(direct_argmax{0.05}));
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = repeated(datum, 1000)));
  CHECK(distance(mean_gradient(vi, loaded, 400),
                 finite_differences(exact_iwae, parameters_of(vi))) < 0.02);
}

TEST_CASE("log_likelihood approaches the exact one") {
  auto vi = infer<elbo<1>, double>(one, one_by(enumerate{}));
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto prior = softmax(at.at("p.z.param0.value"));
  double exact = 0;
  for (std::size_t k = 0; k < 3; ++k)
    exact += prior[k] * std::exp(log_normal_density(datum, at.at("p.x.param0.value")[k], 1));
  // 100,000 weights whose relative deviation is below 1: five standard errors are below 0.016.
  const auto some = data(x = repeated(datum, 100));
  CHECK(vi.log_likelihood(some, samples(1000)).value == Approx(std::log(exact)).margin(0.016));
  CHECK(vi.log_likelihood(some, samples(1)).value < std::log(exact));
  CHECK(vi.bound(some).value == Approx(exact_elbo(at)).margin(0.3));
}

// A product of three binary variables and one of three categories, through a dense layer.

constexpr auto product = model(
    plate<"row">(y = ~bernoulli(logits = param<3>()), x = ~normal(sum(tanh(dense<4>(y))), 1)));

double product_elbo(const parameters& p) {
  const auto& q = p.at("q.y.param0.value");
  const auto &prior = p.at("p.y.param0.value"), &w = p.at("p.x.dense0.weight"),
             &b = p.at("p.x.dense0.bias");
  double total = 0;
  for (unsigned v = 0; v < 8; ++v) {
    double log_q = 0, log_p = 0, mean = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double s = (v >> i & 1u) ? 1 : -1;
      log_q -= std::log1p(std::exp(-s * q[i]));
      log_p -= std::log1p(std::exp(-s * prior[i]));
    }
    for (std::size_t d = 0; d < 4; ++d) {
      double h = b[d];
      for (std::size_t i = 0; i < 3; ++i) h += (v >> i & 1u) ? w[i * 4 + d] : 0;
      mean += std::tanh(h);
    }
    total += std::exp(log_q) * (log_p - log_q + log_normal_density(datum, mean, 1));
  }
  return total;
}

template <class E>
constexpr auto product_by(const E& e) {
  return guide(plate<"row">(y = ~bernoulli(logits = param<3>()).by(e)));
}

TEST_CASE("a product of binary variables") {
  check(infer<elbo<1>, double>(product, product_by(enumerate{})), product_elbo, 2, 3);
  check(infer<elbo<3>, double>(product, product_by(score_function(leave_one_out))), product_elbo);
  auto vi = infer<elbo<1>, double>(product, product_by(direct_argmax{0.05}));
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = repeated(datum, 1000)));
  CHECK(distance(mean_gradient(vi, loaded, 400),
                 finite_differences(product_elbo, parameters_of(vi))) < 0.02);
}

}  // namespace
}  // namespace tests
