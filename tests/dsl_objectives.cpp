#include <array>

#include "path_gradient_models.hpp"

// Rényi's bound and reweighted wake-sleep: against the sum over all tuples of samples of a discrete
// draw, and at given noise against the formulas.

namespace tests {
namespace {

using namespace along_path;

constexpr auto y = observed<"y">;
constexpr auto k = latent<"k">;

constexpr auto discrete = model(
    plate<"row">(k = ~categorical<3>(logits = param<3>()), y = ~normal(take(param<3>(), k), 1)));
template <class... E>
constexpr auto discrete_by(const E&... e) {
  if constexpr (sizeof...(E) == 0)
    return guide(plate<"row">(k = ~categorical<3>(logits = param<3>())));
  else
    return guide(plate<"row">(k = ~categorical<3>(logits = param<3>()).by(e...)));
}
constexpr double datum = 0.7;

double log_joint(const parameters& p, std::size_t value) {
  return std::log(softmax(p.at("p.k.param0.value"))[value]) +
         log_normal_density(datum, p.at("p.y.param0.value")[value], 1);
}
double log_guide(const parameters& p, std::size_t value) {
  return std::log(softmax(p.at("q.k.param0.value"))[value]);
}
/// The expectation of f(values) over K draws of the guide.
template <std::size_t K, class F>
double over_tuples(const parameters& p, F&& f) {
  double total = 0;
  std::size_t tuples = 1;
  for (std::size_t i = 0; i < K; ++i) tuples *= 3;
  for (std::size_t t = 0; t < tuples; ++t) {
    std::array<std::size_t, K> values{};
    double probability = 1;
    for (std::size_t i = 0, left = t; i < K; ++i, left /= 3) {
      values[i] = left % 3;
      probability *= std::exp(log_guide(p, values[i]));
    }
    total += probability * f(values);
  }
  return total;
}
/// 1/(1 − α) log (1/K) Σ w^(1 − α).
template <std::size_t K>
double renyi_bound(const parameters& p, double alpha) {
  return over_tuples<K>(p, [&](const auto& values) {
    double sum = 0;
    for (const std::size_t v : values)
      sum += std::pow(std::exp(log_joint(p, v) - log_guide(p, v)), 1 - alpha);
    return std::log(sum / static_cast<double>(K)) / (1 - alpha);
  });
}

template <class Inference>
estimate estimate_of(Inference& vi, std::size_t steps = 400) {
  spread_parameters(vi);
  return mean_gradient(vi, vi.load(data(y = repeated(datum, 200))), steps);
}
/// How far some mean lies from another gradient: what the checks could see.
double standard_errors_apart(const estimate& found, const parameters& other) {
  double most = 0;
  for (const auto& [name, values] : other)
    for (std::size_t i = 0; i < values.size(); ++i)
      most = std::max(most, std::abs(found.mean.at(name)[i] - values[i]) / found.error.at(name)[i]);
  return most;
}
template <std::size_t K, class Inference>
void check_renyi(Inference vi, double alpha) {
  const estimate found = estimate_of(vi);
  const auto exact = [&](const parameters& p) { return renyi_bound<K>(p, alpha); };
  const parameters at = parameters_of(vi);
  require_unbiased(found, finite_differences(exact, at), exact(at));
  CHECK(standard_errors_apart(
            found,
            finite_differences([](const parameters& p) { return renyi_bound<K>(p, 0); }, at)) > 20);
}

TEST_CASE("the bound of Rényi and its gradient, over all tuples of samples") {
  check_renyi<2>(infer<renyi<2, 0.5>, double>(discrete, discrete_by(enumerate{})), 0.5);
  check_renyi<3>(infer<renyi<3, -1.0>, double>(discrete, discrete_by(vimco{})), -1);
  check_renyi<2>(
      infer<renyi<2, 3.0, 2>, double>(discrete, discrete_by(score_function(leave_one_out))), 3);
}

TEST_CASE("a query takes the bound of the objective, and log_likelihood plain weights") {
  auto vi = infer<renyi<2, 0.5>, double>(discrete, discrete_by());
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto bound = vi.bound(data(y = repeated(datum, 400)), samples(100));
  CHECK(std::abs(bound.value - renyi_bound<2>(at, 0.5)) < 4.8 * bound.standard_error);
  CHECK(std::abs(bound.value - renyi_bound<2>(at, 0)) > 10 * bound.standard_error);
  double evidence = 0;
  for (std::size_t v = 0; v < 3; ++v) evidence += std::exp(log_joint(at, v));
  const auto likelihood = vi.log_likelihood(data(y = repeated(datum, 400)), samples(1000));
  CHECK(likelihood.value == Approx(std::log(evidence)).margin(0.01));
}

/// Σ_k w̃_k log p(x, z_k), or of log q, with the shares and the draws of `at`.
template <std::size_t K>
double wake(const parameters& moved, const parameters& at, bool of_guide) {
  return over_tuples<K>(at, [&](const auto& values) {
    std::vector<double> share;
    for (const std::size_t v : values) share.push_back(log_joint(at, v) - log_guide(at, v));
    share = softmax(share);
    double sum = 0;
    for (std::size_t i = 0; i < K; ++i)
      sum += share[i] * (of_guide ? log_guide(moved, values[i]) : log_joint(moved, values[i]));
    return sum;
  });
}

TEST_CASE("the steps of reweighted wake-sleep, over all tuples of samples") {
  auto vi = infer<reweighted_wake_sleep<3, 2>, double>(discrete, discrete_by());
  static_assert(vi.estimator<"k">() == "ancestral");
  static_assert(vi.reason<"k">() == "the objective does not differentiate through draws");
  CHECK(vi.plan().objective == "reweighted_wake_sleep<3, 2>");
  const estimate found = estimate_of(vi);
  const parameters at = parameters_of(vi);
  parameters exact;
  for (const bool of_guide : {false, true})
    for (const auto& [name, values] :
         finite_differences([&](const parameters& p) { return wake<3>(p, at, of_guide); }, at))
      if (name.starts_with(of_guide ? "q." : "p.")) exact[name] = values;
  require_unbiased(found, exact, renyi_bound<3>(at, 0));
  // The guide does not ascend the bound.
  CHECK(standard_errors_apart(
            found,
            finite_differences([](const parameters& p) { return renyi_bound<3>(p, 0); }, at)) > 20);
}

// At given noise: two layers of the guide, with parameters that both share.

constexpr std::uint64_t seed = 11, step = 3;

double noise(std::string_view name, std::size_t sample, std::size_t row) {
  double e = 0;
  fill_normal(row_stream(make_stream(seed, step, hash_name(name)),
                         static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(row)),
              &e, 1);
  return e;
}

struct two_draws {
  double z1, z2;
};
struct two_layer_formulas {
  const parameters& p;
  double of(const char* name) const { return p.at(name)[0]; }
  double hidden(double at) const {
    return std::tanh(of("q.h.dense0.weight") * at + of("q.h.dense0.bias"));
  }
  double mean1(double at) const {
    return of("q.z1.dense0.weight") * hidden(at) + of("q.z1.dense0.bias");
  }
  double scale1() const { return std::exp(of("q.z1.param0.value")); }
  double mean2(double at, double z1) const {
    return of("q.z2.dense0.weight") * z1 + of("q.z2.dense0.bias") +
           of("q.z2.dense1.weight") * hidden(at);
  }
  double scale2(double z1) const { return std::exp(of("q.z2.param0.value") * std::tanh(z1)); }

  two_draws draw(double at, std::size_t sample, std::size_t row) const {
    const double z1 = mean1(at) + scale1() * noise("z1", sample, row);
    return {z1, mean2(at, z1) + scale2(z1) * noise("z2", sample, row)};
  }
  double log_q(double at, const two_draws& d) const {
    return log_normal_density(d.z1, mean1(at), scale1()) +
           log_normal_density(d.z2, mean2(at, d.z1), scale2(d.z1));
  }
  double log_prior(const two_draws& d) const {
    return log_normal_density(d.z1, 0, 1) +
           log_normal_density(d.z2, of("p.z2.param0.value") * d.z1, 1);
  }
  double log_likelihood(double at, const two_draws& d) const {
    return log_normal_density(at, d.z2 + of("p.x.param0.value") * d.z1, 1);
  }
  double log_weight(double at, const two_draws& d, double kl_weight) const {
    return log_likelihood(at, d) + kl_weight * (log_prior(d) - log_q(at, d));
  }
};

constexpr std::size_t rows = 120;  // several shards

/// Compares value and gradient at given noise with those of f(moved, at, datum, draws of each
/// sample when the parameters of the draws are `moved` or not).
template <class Objective, class Value, class OfModel, class OfGuide>
void check_at_noise(double kl_weight, Value&& value, OfModel&& of_model, OfGuide&& of_guide) {
  constexpr auto replicates = static_cast<std::size_t>(Objective::traits.replicates),
                 importance = static_cast<std::size_t>(Objective::traits.importance);
  const auto xs = spread_data(rows);
  auto vi = infer<Objective, double>(two_layers, two_layer_guide);
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const double bound = vi.gradient(vi.load(data(x = xs)), first_rows(rows),
                                   {.seed = seed, .step = step, .kl_weight = kl_weight})
                           .bound;
  const parameters found = gradient_of(vi);

  const auto mean_of = [&](auto&& f) {
    double total = 0;
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t r = 0; r < replicates; ++r) {
        std::array<std::size_t, importance> sample{};
        for (std::size_t i = 0; i < importance; ++i) sample[i] = r * importance + i;
        total += f(row, xs(row, 0), sample);
      }
    return total / static_cast<double>(rows * replicates);
  };
  /// log w of the samples, of draws with other parameters than the densities.
  const auto log_weights = [&](const parameters& draws, const parameters& densities,
                               std::size_t row, double datum_of_row, const auto& sample) {
    std::vector<double> w;
    for (const std::size_t s : sample)
      w.push_back(two_layer_formulas{densities}.log_weight(
          datum_of_row, two_layer_formulas{draws}.draw(datum_of_row, s, row), kl_weight));
    return w;
  };
  CHECK(bound == Approx(mean_of([&](std::size_t row, double d, const auto& sample) {
                   return value(log_weights(at, at, row, d, sample));
                 })).epsilon(1e-10));
  const auto compare = [&](const char* prefix, auto&& objective) {
    const parameters expected = finite_differences(
        [&](const parameters& moved) {
          return mean_of([&](std::size_t row, double d, const auto& sample) {
            return objective(moved, at, row, d, sample, log_weights);
          });
        },
        at);
    for (const auto& [name, values] : expected)
      if (name.starts_with(prefix)) {
        INFO(name);
        CHECK(found.at(name)[0] == Approx(values[0]).epsilon(1e-6).margin(1e-8));
      }
  };
  compare("p.", of_model);
  compare("q.", of_guide);
}

double renyi_of(const std::vector<double>& log_w, double alpha) {
  double sum = 0;
  for (const double w : log_w) sum += std::exp((1 - alpha) * w);
  return std::log(sum / static_cast<double>(log_w.size())) / (1 - alpha);
}
std::vector<double> renyi_shares(std::vector<double> log_w, double alpha) {
  for (double& w : log_w) w *= 1 - alpha;
  return softmax(log_w);
}

TEST_CASE("the bound of Rényi at given noise") {
  const auto check = [&]<class Objective>(Objective, double alpha, double kl_weight) {
    const auto all = [&](const parameters& moved, const parameters&, std::size_t row, double d,
                         const auto& sample, const auto& log_weights) {
      return renyi_of(log_weights(moved, moved, row, d, sample), alpha);
    };
    check_at_noise<Objective>(
        kl_weight, [&](const std::vector<double>& w) { return renyi_of(w, alpha); }, all, all);
  };
  check(renyi<3, 0.5>{}, 0.5, 1);
  check(renyi<3, -1.5, 2>{}, -1.5, 1);
  check(renyi<2, 2.0>{}, 2, 0.4);
  CHECK(infer<renyi<3, -1.5, 2>>(two_layers, two_layer_guide).plan().objective ==
        "renyi<3, -1.5, 2>");
}

TEST_CASE("the bound of Rényi along the path, at given noise") {
  const auto check = [&]<class Objective>(Objective, double alpha, double kl_weight) {
    // Draws move, weights in log q and the shares of samples do not.
    const auto along = [&](bool of_guide) {
      return [=](const parameters& moved, const parameters& at, std::size_t row, double d,
                 const auto& sample, const auto& log_weights) {
        const auto share = renyi_shares(log_weights(at, at, row, d, sample), alpha);
        double total = 0;
        for (std::size_t i = 0; i < sample.size(); ++i) {
          const two_draws draws = two_layer_formulas{moved}.draw(d, sample[i], row);
          const two_layer_formulas model{moved}, guide{at};
          const double log_w = model.log_likelihood(d, draws) +
                               kl_weight * (model.log_prior(draws) - guide.log_q(d, draws));
          total += share[i] * log_w * (of_guide ? 1 - kl_weight * (1 - alpha) * (1 - share[i]) : 1);
        }
        return total;
      };
    };
    check_at_noise<doubly_reparameterized<Objective>>(
        kl_weight, [&](const std::vector<double>& w) { return renyi_of(w, alpha); }, along(false),
        along(true));
  };
  check(renyi<3, 0.5>{}, 0.5, 1);
  check(renyi<3, -1.5, 2>{}, -1.5, 0.4);
}

TEST_CASE("along the path the gradient of Rényi's bound has the same mean") {
  const auto estimate_by = [](auto vi) {
    spread_parameters(vi);
    return mean_gradient(vi, vi.load(data(x = spread_data(40))), 2000);
  };
  const estimate plain = estimate_by(infer<renyi<3, 0.5>, double>(one_layer, one_layer_guide)),
                 path = estimate_by(infer<doubly_reparameterized<renyi<3, 0.5>>, double>(
                     one_layer, one_layer_guide));
  for (const auto& [name, means] : plain.mean)
    for (std::size_t i = 0; i < means.size(); ++i) {
      INFO(name);
      CHECK(std::abs(means[i] - path.mean.at(name)[i]) <
            4.8 * std::hypot(plain.error.at(name)[i], path.error.at(name)[i]) + 1e-9);
    }
}

TEST_CASE("the steps of reweighted wake-sleep at given noise") {
  const auto check = [&]<class Objective>(Objective, double kl_weight) {
    // Shares and draws stay, densities move.
    const auto of = [&](bool guide) {
      return [=](const parameters& moved, const parameters& at, std::size_t row, double d,
                 const auto& sample, const auto& log_weights) {
        const auto share = softmax(log_weights(at, at, row, d, sample));
        double total = 0;
        for (std::size_t i = 0; i < sample.size(); ++i) {
          const two_draws draws = two_layer_formulas{at}.draw(d, sample[i], row);
          const two_layer_formulas f{moved};
          total += share[i] * (guide ? kl_weight * f.log_q(d, draws)
                                     : f.log_likelihood(d, draws) + kl_weight * f.log_prior(draws));
        }
        return total;
      };
    };
    check_at_noise<Objective>(
        kl_weight, [](const std::vector<double>& w) { return renyi_of(w, 0); }, of(false),
        of(true));
  };
  check(reweighted_wake_sleep<3>{}, 1);
  check(reweighted_wake_sleep<4, 2>{}, 0.4);
}

TEST_CASE("reweighted wake-sleep takes draws without a derivative") {
  // A discrete draw chooses the branch, a continuous one stands in the condition.
  constexpr auto u = latent<"u">;
  constexpr auto p = model(plate<"row">(k = ~bernoulli(logits = 0.3), u = ~laplace(0, 1),
                                        y = ~normal(select(u, k, 1 - k), 1)));
  constexpr auto q = guide(
      plate<"row">(k = ~bernoulli(logits = param<>()), u = ~laplace(param<>(), exp(param<>()))));
  auto vi = infer<reweighted_wake_sleep<8>>(p, q);
  static_assert(vi.estimator<"u">() == "ancestral");
  vi.fit(data(y = array<float>{1.2f, -0.3f, 0.8f}), {.epochs = 5, .batch = 3, .progress = false});
  CHECK(std::isfinite(vi.bound(data(y = array<float>{1.2f, -0.3f, 0.8f})).value));
}

TEST_CASE("reweighted wake-sleep learns the posterior") {
  // z ~ N(0, 1), x ~ N(z, 1): N(x/2, 1/2), of which the guide is capable.
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1)));
  constexpr auto q = guide(plate<"row">(z = ~normal(param<1>() * x, exp(param<1>()))));
  auto vi = infer<reweighted_wake_sleep<50>, double>(p, q);
  vi.fit(data(x = spread_data(60)),
         {.epochs = 600, .batch = 60, .optimizer = adam{1e-2}, .progress = false});
  CHECK(vi.parameter("q.z.param0.value")(0) == Approx(0.5).margin(0.05));
  CHECK(vi.parameter("q.z.param1.value")(0) == Approx(0.5 * std::log(0.5)).margin(0.05));
}

}  // namespace
}  // namespace tests
