#include "estimator_check.hpp"

// Two latents, one drawn given the other, in both orders in the model: discrete with discrete, and
// discrete with continuous.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x">;
constexpr auto a = latent<"a">;
constexpr auto b = latent<"b">;
constexpr auto w = latent<"w">;

constexpr double datum = 0.4;

// The guide draws a, then b given a. The model draws them in the same order, or b first.
constexpr auto same_order = model(plate<"row">(
    a = ~categorical<2>(logits = param<2>()), b = ~categorical<3>(logits = take(param<2, 3>(), a)),
    x = ~normal(take(param<3>(), b) + take(param<2>(), a), 1)));
constexpr auto other_order = model(plate<"row">(
    b = ~categorical<3>(logits = param<3>()), a = ~categorical<2>(logits = take(param<3, 2>(), b)),
    x = ~normal(take(param<3>(), b) + take(param<2>(), a), 1)));

template <class A, class B>
constexpr auto guide_by(const A& first, const B& second) {
  return guide(plate<"row">(a = ~categorical<2>(logits = param<2>()).by(first),
                            b = ~categorical<3>(logits = take(param<2, 3>(), a)).by(second)));
}

template <bool Same>
double log_weight(const parameters& p, std::size_t i, std::size_t j) {
  const auto qa = softmax(p.at("q.a.param0.value")),
             qb = softmax(row(p.at("q.b.param0.value"), i, 3));
  const double mean = p.at("p.x.param0.value")[j] + p.at("p.x.param1.value")[i];
  double log_p;
  if (Same) {
    log_p = std::log(softmax(p.at("p.a.param0.value"))[i]) +
            std::log(softmax(row(p.at("p.b.param0.value"), i, 3))[j]);
  } else {
    log_p = std::log(softmax(p.at("p.b.param0.value"))[j]) +
            std::log(softmax(row(p.at("p.a.param0.value"), j, 2))[i]);
  }
  return log_p - std::log(qa[i]) - std::log(qb[j]) + log_normal_density(datum, mean, 1);
}
template <bool Same, class F>
double expectation(const parameters& p, F&& f) {
  const auto qa = softmax(p.at("q.a.param0.value"));
  double total = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto qb = softmax(row(p.at("q.b.param0.value"), i, 3));
    for (std::size_t j = 0; j < 3; ++j) total += qa[i] * qb[j] * f(log_weight<Same>(p, i, j));
  }
  return total;
}
template <bool Same>
double exact_elbo(const parameters& p) {
  return expectation<Same>(p, [](double l) { return l; });
}
template <bool Same>
double exact_iwae(const parameters& p) {
  return expectation<Same>(p, [&](double l) {
    return expectation<Same>(p,
                             [&](double m) { return std::log(0.5 * (std::exp(l) + std::exp(m))); });
  });
}

template <class Inference>
void check(Inference vi, const std::function<double(const parameters&)>& exact,
           std::size_t steps = 400, std::size_t rows = 200) {
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = repeated(datum, rows)));
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, loaded, steps), finite_differences(exact, at), exact(at));
}
template <class Inference>
double bias(Inference vi, const std::function<double(const parameters&)>& exact) {
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = repeated(datum, 1000)));
  return distance(mean_gradient(vi, loaded, 400), finite_differences(exact, parameters_of(vi)));
}

TEST_CASE("both enumerated: exact in both orders") {
  check(infer<elbo<1>, double>(same_order, guide_by(enumerate{}, enumerate{})), exact_elbo<true>, 2,
        3);
  check(infer<elbo<1>, double>(other_order, guide_by(enumerate{}, enumerate{})), exact_elbo<false>,
        2, 3);
}
TEST_CASE("score functions on both nodes") {
  check(infer<elbo<3>, double>(
            same_order, guide_by(score_function(leave_one_out), score_function(no_baseline))),
        exact_elbo<true>);
  check(infer<elbo<2>, double>(
            other_order, guide_by(score_function(no_baseline), score_function(leave_one_out))),
        exact_elbo<false>);
}
TEST_CASE("mixes of enumeration, importance sampling and the score function") {
  check(infer<elbo<2>, double>(same_order, guide_by(enumerate{}, score_function(leave_one_out))),
        exact_elbo<true>);
  check(infer<elbo<2>, double>(other_order, guide_by(importance_sampling{0.5}, enumerate{})),
        exact_elbo<false>);
}
TEST_CASE("importance-weighted bounds of two nodes") {
  check(infer<iwae<2>, double>(other_order, guide_by(enumerate{}, enumerate{})), exact_iwae<false>);
  check(infer<iwae<2, 2>, double>(same_order, guide_by(score_function(leave_one_out), enumerate{})),
        exact_iwae<true>);
}
TEST_CASE("direct argmax before and after another draw") {
  CHECK(bias(infer<elbo<1>, double>(same_order, guide_by(direct_argmax{0.05}, direct_argmax{0.05})),
             exact_elbo<true>) < 0.02);
  CHECK(bias(infer<elbo<1>, double>(other_order, guide_by(direct_argmax{0.05}, enumerate{})),
             exact_elbo<false>) < 0.02);
}

// A discrete node whose logits depend on a pathwise one, and a pathwise one that depends on a
// discrete one. Expectations over w by the trapezoidal rule, exact to rounding on this range.

constexpr auto mixed =
    model(plate<"row">(w = ~normal(0, 1), a = ~categorical<2>(logits = param<2>()),
                       x = ~normal(w + take(param<2>(), a), 1)));

template <class F>
double over_normal(double m, double s, F&& f) {
  double total = 0;
  const int n = 400;
  for (int i = -n; i <= n; ++i) {
    const double e = 9.0 * i / n;
    total += 9.0 / n * std::exp(-0.5 * e * e - 0.91893853320467274) * f(m + s * e);
  }
  return total;
}
double mixed_term(const parameters& p, double v, std::size_t i, double log_q) {
  return log_normal_density(v, 0, 1) + std::log(softmax(p.at("p.a.param0.value"))[i]) - log_q +
         log_normal_density(datum, v + p.at("p.x.param0.value")[i], 1);
}

template <class E>
constexpr auto discrete_second(const E& e) {
  return guide(plate<"row">(w = ~normal(param<>(), exp(param<>())),
                            a = ~categorical<2>(logits = param<2>() * w).by(e)));
}
double exact_discrete_second(const parameters& p) {
  const double m = p.at("q.w.param0.value")[0], s = std::exp(p.at("q.w.param1.value")[0]);
  return over_normal(m, s, [&](double v) {
    auto l = p.at("q.a.param0.value");
    for (double& y : l) y *= v;
    const auto q = softmax(l);
    double total = 0;
    for (std::size_t i = 0; i < 2; ++i)
      total += q[i] * mixed_term(p, v, i, std::log(q[i]) + log_normal_density(v, m, s));
    return total;
  });
}

template <class E>
constexpr auto discrete_first(const E& e) {
  return guide(plate<"row">(a = ~categorical<2>(logits = param<2>()).by(e),
                            w = ~normal(take(param<2>(), a), exp(param<>()))));
}
double exact_discrete_first(const parameters& p) {
  const auto q = softmax(p.at("q.a.param0.value"));
  const double s = std::exp(p.at("q.w.param1.value")[0]);
  double total = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const double m = p.at("q.w.param0.value")[i];
    total += q[i] * over_normal(m, s, [&](double v) {
               return mixed_term(p, v, i, std::log(q[i]) + log_normal_density(v, m, s));
             });
  }
  return total;
}

TEST_CASE("a discrete draw whose logits come from a pathwise one") {
  check(infer<elbo<2>, double>(mixed, discrete_second(score_function(leave_one_out))),
        exact_discrete_second);
  check(infer<elbo<1>, double>(mixed, discrete_second(enumerate{})), exact_discrete_second);
}
TEST_CASE("a pathwise draw that depends on a discrete one") {
  check(infer<elbo<2>, double>(mixed, discrete_first(score_function(leave_one_out))),
        exact_discrete_first);
  check(infer<elbo<1>, double>(mixed, discrete_first(enumerate{})), exact_discrete_first);
  CHECK(bias(infer<elbo<1>, double>(mixed, discrete_first(direct_argmax{0.05})),
             exact_discrete_first) < 0.02);
}

}  // namespace
}  // namespace tests
