#include <sstream>

#include "boltzmann_models.hpp"

// GumBolt: the training bound is eq. 9 of the paper at the noise of the step, and its gradient is
// that of this function; log Z learns by its chains.

namespace tests {
namespace {

using namespace boltzmann;

constexpr step_settings at_step{.seed = 7, .step = 3, .kl_weight = 0.7};
constexpr double tau = 0.4;
constexpr boltzmann_settings many_chains{.chains = 20000, .sweeps = 50};

/// How the draws of a guide are named: by the variables that each draws, and how many.
using draw_names = std::vector<std::pair<std::string, std::size_t>>;
const draw_names one_draw{{"z1,z2", units}}, two_draws{{"z1", n1}, {"z2", n2}};

/// Logistic noise of all units, at a sample and a row of the data.
std::vector<double> noise_of(const draw_names& draws, std::size_t sample, std::size_t row) {
  std::vector<double> out;
  for (const auto& [name, size] : draws) {
    std::vector<double> noise(size);
    fill_logistic(row_stream(make_stream(at_step.seed, at_step.step, hash_name(name)),
                             static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(row)),
                  noise.data(), size);
    out.insert(out.end(), noise.begin(), noise.end());
  }
  return out;
}

double log_mean_exp(const std::vector<double>& l) {
  const double top = *std::max_element(l.begin(), l.end());
  double total = 0;
  for (const double v : l) total += std::exp(v - top);
  return top + std::log(total / static_cast<double>(l.size()));
}

/// Eq. 9 for n rows with `inside` samples in the logarithm, averaged over `replicates` of it.
double training_bound(const parameters& p, guide_logits guide, const draw_names& draws,
                      const array<double>& rows, std::size_t replicates, std::size_t inside) {
  const by_hand exact(p, guide);
  const std::size_t n = rows.shape(0);
  double total = 0;
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t s = 0; s < replicates; ++s) {
      std::vector<double> log_w;
      for (std::size_t k = 0; k < inside; ++k)
        log_w.push_back(exact.log_weight(
            row_of(rows, r), exact.relax(row_of(rows, r), noise_of(draws, s * inside + k, r), tau),
            at_step.kl_weight));
      total += log_mean_exp(log_w) / static_cast<double>(n * replicates);
    }
  return total;
}

bool of_machine(const std::string& name) { return name == biases || name == couplings; }

/// 4.8 standard errors of the chains' part of the machine's gradient: a false alarm has probability
/// 1.6e-6 per parameter, below 0.1 % over all the checks made here.
double chain_tolerance(const parameters& p, const std::string& name, std::size_t i) {
  const auto machine = machine_of(p);
  const std::size_t j = name == biases ? i : units + i;
  const auto moments = variad_tests::expectation(machine, 1, 2, [&](const auto& z) {
    const double d = variad_tests::parameter_gradient(machine, z)[j];
    return std::vector<double>{d, d * d};
  });
  return 4.8 * at_step.kl_weight *
         std::sqrt((moments[1] - moments[0] * moments[0]) / many_chains.chains);
}

/// The gradient by blocks.
template <class Inference>
parameters gradient_of(Inference& vi) {
  parameters out;
  for (const auto& p : vi.parameter_table())
    for (std::size_t i = 0; i < p.size; ++i) out[p.name].push_back(vi.gradient()[p.offset + i]);
  return out;
}

template <class Objective, class Guide>
void check(const Guide& q, guide_logits guide, const draw_names& draws) {
  constexpr std::size_t inside = Objective::traits.importance,
                        replicates = Objective::traits.replicates;
  auto vi = infer<Objective, double>(small_model(many_chains), q);
  static_assert(vi.template estimator<"z1">() == "gumbolt");
  static_assert(vi.template estimator<"z2">() == "gumbolt");
  // 110 rows are two shards; the chains' part of the gradient is the same for both numbers of rows.
  parameters found[2], expected[2];
  for (int k = 0; k < 2; ++k) {
    const auto rows = pixels(k == 0 ? 110 : 3);
    vi.initialise(1);
    spread_parameters(vi);
    const parameters at = parameters_of(vi);
    const auto exact = [&](const parameters& p) {
      return training_bound(p, guide, draws, rows, replicates, inside);
    };
    const auto loaded = vi.load(data(x = rows));
    const double bound = vi.gradient(loaded, first_rows(rows.shape(0)), at_step).bound;
    CHECK(bound == Approx(exact(at)).epsilon(1e-11));
    found[k] = gradient_of(vi);
    expected[k] = finite_differences(exact, at);
    for (const auto& [name, values] : expected[k])
      for (std::size_t i = 0; i < values.size(); ++i) {
        CAPTURE(name, i, k);
        const double slack = of_machine(name) ? chain_tolerance(at, name, i) : 0.0;
        CHECK(std::abs(found[k].at(name)[i] - values[i]) <= slack + 1e-8);
      }
  }
  for (const std::string& name : {biases, couplings})
    for (std::size_t i = 0; i < expected[0].at(name).size(); ++i) {
      CAPTURE(name, i);
      CHECK(found[0].at(name)[i] - found[1].at(name)[i] ==
            Approx(expected[0].at(name)[i] - expected[1].at(name)[i]).margin(1e-8));
    }
}

TEST_CASE("bound and gradient of a factorial guide in one draw") {
  constexpr auto q = together(gumbolt{tau});
  check<elbo<1>>(q, together_logits, one_draw);
  check<iwae<3>>(q, together_logits, one_draw);
}
TEST_CASE("bound and gradient of a factorial guide in two draws") {
  // The temperature is that of the step, 3.
  constexpr gumbolt scheduled{schedules::stepwise({{0, 2.0}, {3, tau}, {4, 0.1}})};
  constexpr auto q = apart(scheduled, scheduled);
  check<elbo<2>>(q, apart_logits, two_draws);
}
TEST_CASE("bound and gradient of a hierarchical guide") {
  constexpr auto q = hierarchy(gumbolt{tau}, gumbolt{tau});
  check<elbo<1>>(q, hierarchy_logits, two_draws);
  check<iwae<3>>(q, hierarchy_logits, two_draws);
  check<iwae<2, 2>>(q, hierarchy_logits, two_draws);
}

// --- other nodes beside it -----------------------------------------------------------------------

constexpr auto w = latent<"w", 2>;
constexpr auto c = latent<"c">;

constexpr auto with_normal =
    model(plate<"row">(w = ~normal(0, 1), joint(z1, z2) = ~restricted_boltzmann(many_chains),
                       x = ~bernoulli(logits = dense<4>(z1, z2, w))));
constexpr auto normal_first =
    guide(plate<"row">(w = ~normal(mean = dense<2>(x), scale = exp(param<2>())),
                       z1 = ~bernoulli(logits = dense<3>(x, w)).by(gumbolt{tau}),
                       z2 = ~bernoulli(logits = dense<2>(x, z1)).by(gumbolt{tau})));
constexpr auto units_first =
    guide(plate<"row">(z1 = ~bernoulli(logits = dense<3>(x)).by(gumbolt{tau}),
                       z2 = ~bernoulli(logits = dense<2>(x, z1)).by(gumbolt{tau}),
                       w = ~normal(mean = dense<2>(x, z1), scale = exp(param<2>()))));

/// The training bound with a normal latent, whose divergence is exact but inside of a logarithm.
double bound_with_normal(const parameters& p, bool first, const array<double>& rows,
                         std::size_t replicates, std::size_t inside) {
  // The logits of the units and of the pixels take the part of w into the bias.
  parameters q = p;
  const std::size_t n = rows.shape(0);
  double total = 0;
  for (std::size_t r = 0; r < n; ++r)
    for (std::size_t s = 0; s < replicates; ++s) {
      std::vector<double> log_w;
      for (std::size_t k = 0; k < inside; ++k) {
        const auto pixels = row_of(rows, r);
        double noise[2];
        fill_normal(
            row_stream(make_stream(at_step.seed, at_step.step, hash_name("w")),
                       static_cast<std::uint32_t>(s * inside + k), static_cast<std::uint32_t>(r)),
            noise, 2);
        std::vector<double> zeta, mean = p.at("q.w.dense0.bias"), value(2), scale(2);
        add_product(pixels, p.at("q.w.dense0.weight"), mean);
        const auto relax = [&] {
          zeta = by_hand(q, hierarchy_logits)
                     .relax(pixels, noise_of(two_draws, s * inside + k, r), tau);
        };
        if (!first) {
          relax();
          add_product({zeta.begin(), zeta.begin() + n1}, p.at("q.w.dense1.weight"), mean);
        }
        double divergence = 0;
        for (std::size_t i = 0; i < 2; ++i) {
          scale[i] = std::exp(p.at("q.w.param0.value")[i]);
          value[i] = mean[i] + scale[i] * noise[i];
          divergence +=
              inside == 1 ? 0.5 * (scale[i] * scale[i] + mean[i] * mean[i] - 1) - std::log(scale[i])
                          : log_normal_density(value[i], mean[i], scale[i]) -
                                log_normal_density(value[i], 0, 1);
        }
        q.at("p.x.dense0.bias") = p.at("p.x.dense0.bias");
        add_product(value, p.at("p.x.dense2.weight"), q.at("p.x.dense0.bias"));
        if (first) {
          q.at("q.z1.dense0.bias") = p.at("q.z1.dense0.bias");
          add_product(value, p.at("q.z1.dense1.weight"), q.at("q.z1.dense0.bias"));
          relax();
        }
        log_w.push_back(by_hand(q, hierarchy_logits).log_weight(pixels, zeta, at_step.kl_weight) -
                        at_step.kl_weight * divergence);
      }
      total += log_mean_exp(log_w) / static_cast<double>(n * replicates);
    }
  return total;
}

/// Bound and gradient of one step of a program against those of `exact`.
template <class Inference, class F>
void check_step(Inference vi, const array<double>& rows, F&& exact) {
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto loaded = vi.load(data(x = rows));
  const double bound = vi.gradient(loaded, first_rows(rows.shape(0)), at_step).bound;
  CHECK(bound == Approx(exact(at)).epsilon(1e-11));
  const parameters found = gradient_of(vi), expected = finite_differences(exact, at);
  for (const auto& [name, values] : expected)
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(name, i);
      const double slack = of_machine(name) ? chain_tolerance(at, name, i) : 0.0;
      CHECK(std::abs(found.at(name)[i] - values[i]) <= slack + 1e-8);
    }
}

TEST_CASE("with a normal latent by pathwise, before and after") {
  const auto rows = pixels(5);
  check_step(infer<elbo<2>, double>(with_normal, normal_first), rows,
             [&](const parameters& p) { return bound_with_normal(p, true, rows, 2, 1); });
  auto vi = infer<elbo<2>, double>(with_normal, units_first);
  static_assert(vi.estimator<"w">() == "pathwise" && vi.estimator<"z1">() == "gumbolt");
  check_step(std::move(vi), rows,
             [&](const parameters& p) { return bound_with_normal(p, false, rows, 2, 1); });
  check_step(infer<iwae<2>, double>(with_normal, units_first), rows,
             [&](const parameters& p) { return bound_with_normal(p, false, rows, 1, 2); });
}

// A category summed out above the relaxed units, which take the same noise for each of its values.
constexpr auto with_category = model(
    plate<"row">(c = ~categorical<3>(uniform), joint(z1, z2) = ~restricted_boltzmann(many_chains),
                 x = ~bernoulli(logits = dense<4>(z1, z2, c))));
constexpr auto category_first =
    guide(plate<"row">(c = ~categorical<3>(logits = dense<3>(x)).by(enumerate{}),
                       z1 = ~bernoulli(logits = dense<3>(x, c)).by(gumbolt{tau}),
                       z2 = ~bernoulli(logits = dense<2>(x, z1)).by(gumbolt{tau})));

TEST_CASE("below a latent that is enumerated") {
  const auto rows = pixels(5);
  check_step(infer<elbo<1>, double>(with_category, category_first), rows, [&](const parameters& p) {
    double total = 0;
    for (std::size_t r = 0; r < 5; ++r) {
      const auto pixels = row_of(rows, r);
      std::vector<double> l = p.at("q.c.dense0.bias");
      add_product(pixels, p.at("q.c.dense0.weight"), l);
      l = softmax(l);
      for (std::size_t j = 0; j < 3; ++j) {
        std::vector<double> one_hot(3, 0.0);
        one_hot[j] = 1;
        parameters q = p;
        add_product(one_hot, p.at("q.z1.dense1.weight"), q.at("q.z1.dense0.bias"));
        add_product(one_hot, p.at("p.x.dense2.weight"), q.at("p.x.dense0.bias"));
        const by_hand exact(q, hierarchy_logits);
        total += l[j] / 5 *
                 (exact.log_weight(pixels, exact.relax(pixels, noise_of(two_draws, 0, r), tau),
                                   at_step.kl_weight) -
                  at_step.kl_weight * (std::log(l[j]) + std::log(3.0)));
      }
    }
    return total;
  });
}

// Units of hard values above relaxed ones: the alternatives of the first draw the second again,
// with the same noise.
TEST_CASE("below a latent by direct argmax") {
  constexpr double epsilon = 0.8;
  auto vi = infer<elbo<1>, double>(small_model(many_chains),
                                   hierarchy(direct_argmax{epsilon}, gumbolt{tau}));
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const auto rows = pixels(60);
  const auto loaded = vi.load(data(x = rows));
  const double bound = vi.gradient(loaded, first_rows(60), at_step).bound;

  const by_hand exact(at, hierarchy_logits);
  const auto entropy = [](double l) {
    const double q = 1 / (1 + std::exp(-l));
    return std::log1p(std::exp(l)) - q * l;
  };
  double expected = 0;
  std::vector<double> bias(n1, 0.0);
  for (std::size_t r = 0; r < 60; ++r) {
    const auto pixels = row_of(rows, r), noise = noise_of({{"z2", n2}}, 0, r);
    std::vector<double> l = at.at("q.z1.dense0.bias"), perturbed(2 * n1), z(units, 0.0);
    add_product(pixels, at.at("q.z1.dense0.weight"), l);
    fill_gumbel(row_stream(make_stream(at_step.seed, at_step.step, hash_name("z1")), 0,
                           static_cast<std::uint32_t>(r)),
                perturbed.data(), 2 * n1);
    for (std::size_t i = 0; i < n1; ++i) {
      perturbed[2 * i + 1] += l[i];
      z[i] = perturbed[2 * i + 1] > perturbed[2 * i] ? 1 : 0;
    }
    // What the value of z1 reaches: all terms but its own entropy.
    const auto cost = [&](std::vector<double> value) {
      const auto logits = hierarchy_logits(at, pixels, value);
      std::vector<double> of_z2(n2), zeta(n2);
      for (std::size_t i = 0; i < n2; ++i) {
        of_z2[i] = logits[n1 + i];
        value[n1 + i] = zeta[i] = 1 / (1 + std::exp(-(of_z2[i] + noise[i]) / tau));
      }
      return exact.log_likelihood(pixels, value) +
             at_step.kl_weight * (exact.log_prior(value) - log_bernoulli(zeta, of_z2));
    };
    expected += cost(z) / 60;
    for (std::size_t i = 0; i < n1; ++i) {
      expected += at_step.kl_weight * entropy(l[i]) / 60;
      const double q = 1 / (1 + std::exp(-l[i]));
      bias[i] -= at_step.kl_weight * q * (1 - q) * l[i] / 60;
      auto zero = z, one = z;
      zero[i] = 0;
      one[i] = 1;
      const double gain = cost(one) - cost(zero);
      const auto maximum = [&](double e) {
        return perturbed[2 * i + 1] + e * gain > perturbed[2 * i] ? 1.0 : 0.0;
      };
      bias[i] += (maximum(epsilon) - maximum(-epsilon)) / (2 * epsilon) / 60;
    }
  }
  CHECK(bound == Approx(expected).epsilon(1e-11));
  for (std::size_t i = 0; i < n1; ++i)
    CHECK(gradient_of(vi).at("q.z1.dense0.bias")[i] == Approx(bias[i]).epsilon(1e-9));
}

// --- the temperature -----------------------------------------------------------------------------

// Means over 80,000 draws. 4.8 standard errors: a false alarm has probability 1.6e-6.
TEST_CASE("as the temperature falls, the training bound approaches that of hard units") {
  const auto at_temperature = [&]<class Objective>(Objective, double t, std::size_t inside) {
    auto vi = infer<Objective, double>(small_model({.chains = 1, .sweeps = 1}),
                                       hierarchy(gumbolt{t}, gumbolt{t}));
    spread_parameters(vi);
    const parameters at = parameters_of(vi);
    const auto exact = [&](const parameters& p) {
      const by_hand solution(p, hierarchy_logits);
      return mean_over_kinds([&](const auto& pixels) { return solution.iwae(pixels, inside); });
    };
    const estimate e = mean_gradient(vi, vi.load(data(x = pixels(400))), 200);
    const double bias = std::abs(e.bound - exact(at));
    CAPTURE(inside, t, bias, e.bound_error);
    if (t == 0.5) CHECK(bias > 10 * e.bound_error);
    if (t == 0.1) CHECK(bias < 0.06);
    if (t == 0.01) CHECK(bias <= 4.8 * e.bound_error + 0.005);
    if (inside > 1 || t == 0.01) return;  // there the gradient's variance has grown
    parameters gradient = finite_differences(exact, at);
    gradient.erase(biases);  // one chain says little
    gradient.erase(couplings);
    const double worst = distance(e, gradient);
    CAPTURE(worst);
    if (t == 0.5) CHECK(worst > 0.04);
    if (t == 0.1) CHECK(worst < 0.02);
  };
  for (const double t : {0.5, 0.1, 0.01}) {
    at_temperature(elbo<1>{}, t, 1);
    at_temperature(iwae<3>{}, t, 3);
  }
}

// --- what the compiler decides -------------------------------------------------------------------

TEST_CASE("a Boltzmann prior takes it by default, and the plan says so") {
  auto vi = infer<elbo<1>>(small_model(), apart());
  static_assert(vi.estimator<"z1">() == "gumbolt" && vi.estimator<"z2">() == "gumbolt");
  static_assert(vi.reason<"z1">() ==
                "Boltzmann prior, and derivatives reach the relaxed units from every term");
  std::ostringstream text;
  text << vi.plan();
  CHECK_THAT(text.str(), Catch::Contains("gumbolt") &&
                             Catch::Contains("Boltzmann prior, and derivatives reach") &&
                             Catch::Contains("tau, the temperature of the relaxed units") &&
                             Catch::Contains("restricted_boltzmann"));
  for (const auto& l : vi.plan().latents) {
    CHECK(l.estimator == "gumbolt");
    CHECK(l.term == "sampled");  // the entropy of a relaxed draw has no closed form
    CHECK(l.bias == "biased");
  }
  // Evaluation draws hard units.
  const auto z = vi.posterior<"z1">(data(x = pixels(40)));
  CHECK(std::all_of(z.begin(), z.end(), [](float v) { return v == 0 || v == 1; }));
  using in_one_draw = decltype(infer<iwae<5>>(small_model(), together()));
  static_assert(in_one_draw::estimator<"z1">() == "gumbolt");
}

// The units' prior may be of another family: it is taken at relaxed units, never in closed form.
// 19 units do not fill SIMD registers.
TEST_CASE("chosen for units with independent priors") {
  constexpr std::size_t n = 19;
  constexpr auto z = latent<"z", 19>;
  constexpr auto p = model(
      plate<"row">(z = ~bernoulli(logits = param<19>()), x = ~bernoulli(logits = dense<4>(z))));
  constexpr auto usual = guide(plate<"row">(z = ~bernoulli(logits = dense<19>(x))));
  static_assert(decltype(infer<elbo<1>, double>(p, usual))::estimator<"z">() == "direct_argmax");
  constexpr auto q = guide(plate<"row">(z = ~bernoulli(logits = dense<19>(x)).by(gumbolt{tau})));
  const auto rows = pixels(6);
  check_step(infer<elbo<1>, double>(p, q), rows, [&](const parameters& at) {
    double total = 0;
    for (std::size_t r = 0; r < 6; ++r) {
      const auto pixels = row_of(rows, r), noise = noise_of({{"z", n}}, 0, r);
      std::vector<double> l = at.at("q.z.dense0.bias"), of_x = at.at("p.x.dense0.bias"), zeta(n);
      add_product(pixels, at.at("q.z.dense0.weight"), l);
      for (std::size_t i = 0; i < n; ++i) zeta[i] = 1 / (1 + std::exp(-(l[i] + noise[i]) / tau));
      add_product(zeta, at.at("p.x.dense0.weight"), of_x);
      total += (log_bernoulli(pixels, of_x) +
                at_step.kl_weight *
                    (log_bernoulli(zeta, at.at("p.z.param0.value")) - log_bernoulli(zeta, l))) /
               6;
    }
    return total;
  });
}

}  // namespace
}  // namespace tests
