#include <sstream>

#include "dvae_models.hpp"

// dVAE and dVAE++: their samplers, the gradient of a step against differences at its noise, and its
// mean against the smoothed objective integrated over all noise. Where a check is statistical it
// allows 4.8 standard errors: a false alarm has probability 1.6e-6, below 0.1 % over all the checks
// made here.

namespace tests {
namespace {

using namespace smoothed;
using namespace variad::internals;
using boltzmann::first_rows;
using boltzmann::pixels;
using boltzmann::row_of;

// --- samplers ------------------------------------------------------------------------------------

/// One row of units, as the engine hands it to an estimator.
template <class T>
struct one_row {
  std::vector<T> logit, zeta, prior, dzeta, dprior, kept, dlogit, scratch;
  draw_rows<T> rows;

  one_row(const std::vector<T>& l, bool feeds_draws)
      : logit(l),
        zeta(l.size()),
        prior(l.size()),
        dzeta(l.size()),
        dprior(l.size()),
        kept(l.size()),
        dlogit(l.size()),
        scratch(2 * l.size() + estimator_scratch(l.size(), 2)) {
    const auto bind = [&](tensor<T>& t, std::vector<T>& value, std::vector<T>& adjoint) {
      t.value = value.data();
      t.adjoint = adjoint.data();
      t.size = l.size();
    };
    bind(rows.value, zeta, dzeta);
    bind(rows.prior_value, prior, dprior);
    bind(rows.parameters[0], logit, dlogit);
    rows.feeds_draws = feeds_draws;
    rows.extent.fill(1);
    rows.rows = 1;
    rows.variables = rows.full[0] = rows.kept_size = l.size();
    rows.parameter_count = 1;
    rows.kept = kept.data();
    rows.random = make_stream(3, 5, hash_name("z"));
    rows.scratch = scratch.data();
  }
  template <class E>
  void propose(const E& e) {
    e.propose(draw_site<families::bernoulli, T>(rows));
  }
  /// The adjoint of the logits where every adjoint of ζ is `of_zeta`, and so on.
  template <class E>
  const std::vector<T>& pull_back(const E& e, T of_zeta, T of_prior) {
    dzeta.assign(dzeta.size(), of_zeta);
    dprior.assign(dprior.size(), of_prior);
    dlogit.assign(dlogit.size(), T(0));
    e.pull_back(draw_site<families::bernoulli, T>(rows));
    return dlogit;
  }
};

/// The largest distance of the empirical distribution function of ζ from the mixture's.
template <class T>
double largest_distance(std::vector<T> drawn, const smoothing& by, double q) {
  std::sort(drawn.begin(), drawn.end());
  const double n = static_cast<double>(drawn.size());
  double worst = 0;
  for (std::size_t i = 0; i < drawn.size();) {
    std::size_t end = i;
    while (end < drawn.size() && drawn[end] == drawn[i]) ++end;
    const double at = by.mixture(q, static_cast<double>(drawn[i]));
    const double below = by.spike && drawn[i] == 0 ? 0 : at;
    worst = std::max({worst, std::abs(at - static_cast<double>(end) / n),
                      std::abs(below - static_cast<double>(i) / n)});
    i = end;
  }
  return worst;
}

template <class T, class E>
void check_sampler(const E& e, const smoothing& by) {
  constexpr std::size_t n = 100003;
  for (const double l : {-3.0, -0.4, 0.0, 1.7, 4.0}) {
    const double q = sigmoid(l);
    for (const bool feeds_draws : {false, true}) {
      one_row<T> row(std::vector<T>(n, static_cast<T>(l)), feeds_draws);
      row.propose(e);
      CAPTURE(l, feeds_draws, by.beta, by.spike);
      // P(distance > c) ≤ 2 exp(−2 n c²) (Massart 1990), for 1.6e-6.
      CHECK(largest_distance(row.zeta, by, q) < 2.65 / std::sqrt(n));
      double mean = 0, square = 0, worst = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double zeta = static_cast<double>(row.zeta[i]),
                     read = static_cast<double>(row.prior[i]);
        mean += read / n;
        square += read * read / n;
        const double on = q * by.density(true, zeta), off = (1 - q) * by.density(false, zeta),
                     expected = by.spike      ? (zeta > 0 ? 1.0 : 0.0)
                                : feeds_draws ? on / (on + off)
                                              : q;
        worst = std::max(worst, std::abs(read - expected));
      }
      CHECK(worst < (std::is_same_v<T, float> ? 2e-5 : 1e-11));
      CHECK(std::abs(mean - q) <= 4.8 * std::sqrt(std::max(0.0, square - mean * mean) / n) + 1e-6);
    }
  }
}

TEST_CASE("ζ has the distribution of the mixture, and the prior reads z or its mean") {
  check_sampler<double>(dvae{}, {5, true});
  check_sampler<float>(dvae{2.0}, {2, true});
  check_sampler<double>(dvae_plus_plus{}, {10, false});
  check_sampler<float>(dvae_plus_plus{3.0}, {3, false});
}

// 19 units do not fill SIMD registers.
template <class E>
void check_derivative(const E& e, bool feeds_draws, bool hard) {
  std::vector<double> l;
  for (int i = 0; i < 19; ++i) l.push_back(0.6 * i - 5.2);
  one_row<double> row(l, feeds_draws);
  const auto drawn_at = [&](double shift) {
    for (std::size_t i = 0; i < l.size(); ++i) row.logit[i] = l[i] + shift;
    row.propose(e);
    return std::pair(row.zeta, row.prior);
  };
  const double step = 1e-6;
  const auto [zeta_up, prior_up] = drawn_at(step);
  const auto [zeta_down, prior_down] = drawn_at(-step);
  drawn_at(0);
  const std::vector<double> of_zeta = row.pull_back(e, 1, 0), of_prior = row.pull_back(e, 0, 1);
  for (std::size_t i = 0; i < l.size(); ++i) {
    CAPTURE(i, feeds_draws);
    CHECK(of_zeta[i] ==
          Approx((zeta_up[i] - zeta_down[i]) / (2 * step)).epsilon(1e-6).margin(1e-8));
    if (hard)  // no path; (1 − z) q is what eq. 16 says
      CHECK(of_prior[i] == Approx((1 - row.prior[i]) * sigmoid(l[i])).epsilon(1e-12));
    else
      CHECK(of_prior[i] ==
            Approx((prior_up[i] - prior_down[i]) / (2 * step)).epsilon(1e-6).margin(1e-8));
  }
}

TEST_CASE("the derivative of ζ at its noise") {
  check_derivative(dvae{}, false, true);
  check_derivative(dvae_plus_plus{}, false, false);
  check_derivative(dvae_plus_plus{}, true, false);
}

template <class T, class E>
void check_extremes(const E& e) {
  for (const double l : {-100.0, -30.0, 30.0, 100.0})
    for (const bool feeds_draws : {false, true}) {
      one_row<T> row(std::vector<T>(1003, static_cast<T>(l)), feeds_draws);
      row.propose(e);
      CAPTURE(l, feeds_draws, sizeof(T));
      const auto within = [](T v) { return v >= T(-1e-6) && v <= T(1 + 1e-6); };  // not NaN
      CHECK(std::all_of(row.zeta.begin(), row.zeta.end(), within));
      CHECK(std::all_of(row.prior.begin(), row.prior.end(), within));
      for (const std::vector<T>& dl : {row.pull_back(e, 1, 0), row.pull_back(e, 0, 1)})
        CHECK(std::all_of(dl.begin(), dl.end(), [](T v) { return std::abs(v) < T(1e-5); }));
    }
}
TEST_CASE("units that are sure have finite values, and next to no gradient") {
  const auto check = [](const auto& e) {
    check_extremes<float>(e);
    check_extremes<double>(e);
  };
  for (const double beta : {0.5, 5.0, 20.0, 200.0}) {
    check(dvae{beta});
    check(dvae_plus_plus{beta});
  }
}

// --- the gradient --------------------------------------------------------------------------------

constexpr auto of_one = model(plate<"row">(z = ~variad::boltzmann(settings), h = tanh(dense<2>(z)),
                                           x = ~bernoulli(logits = dense<4>(h))));

template <class E>
constexpr auto together(const E& e) {
  return guide(plate<"row">(joint(z1, z2) = ~bernoulli(logits = dense<3>(x)).by(e)));
}
template <class E1, class E2>
constexpr auto apart(const E1& e1, const E2& e2) {
  return guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)).by(e1),
                            z2 = ~bernoulli(logits = dense<1>(x)).by(e2)));
}
template <class E>
constexpr auto of_one_by(const E& e) {
  return guide(plate<"row">(z = ~bernoulli(logits = dense<3>(x)).by(e)));
}

/// The largest distance of an estimate from a gradient, in standard errors.
double errors_from(const estimate& e, const parameters& gradient) {
  double worst = 0;
  for (const auto& [name, values] : gradient)
    for (std::size_t i = 0; i < values.size(); ++i)
      worst =
          std::max(worst, std::abs(e.mean.at(name)[i] - values[i]) / (e.error.at(name)[i] + 1e-9));
  return worst;
}

/// A step at its noise, and the mean of many against the smoothed objective.
template <class Model, class Guide>
void check(const Model& p, const Guide& q, const draw_names& draws,
           const std::vector<smoothing>& by) {
  auto vi = infer<elbo<2>, double>(p, q);
  const auto rows = pixels(110);  // two shards
  check_step(vi, rows, 2, [&](const parameters& at, std::vector<place>& places) {
    const by_hand exact(at, draws, by);
    return mean_over(rows, 2, [&](const auto& row, std::size_t r, std::size_t s) {
      return exact.at_noise(row, noise_of(draws, s, r), at_step.kl_weight, places[2 * r + s]);
    });
  });

  const auto objective = [&](auto bound) {
    return [&, bound](const parameters& at) {
      const by_hand exact(at, draws, by);
      return mean_over(pixels(4), 1, [&](const auto& row, std::size_t, std::size_t) {
        return (exact.*bound)(row);
      });
    };
  };
  const auto smoothed = objective(&by_hand::smoothed_bound),
             discrete = objective(&by_hand::discrete_bound);
  const parameters at = parameters_of(vi);
  const estimate e = mean_gradient(vi, vi.load(data(x = pixels(200))), 400);
  require_unbiased(e, finite_differences(smoothed, at), smoothed(at));
  // The errors are small enough to tell another objective.
  CHECK(errors_from(e, finite_differences(discrete, at)) > 20);
}

TEST_CASE("a guide that draws all units at once") {
  check(of_two, together(spiked), one_draw, {of_spiked});
  check(of_two, together(overlapping), one_draw, {of_overlapping});
  check(of_one, of_one_by(spiked), alone, {of_spiked});
  check(of_one, of_one_by(overlapping), alone, {of_overlapping});
}
TEST_CASE("a guide of two draws that do not know each other") {
  check(of_two, apart(spiked, overlapping), two_draws, {of_spiked, of_overlapping});
}
TEST_CASE("a hierarchical guide") {
  check(of_two, hierarchy(spiked, spiked), two_draws, {of_spiked, of_spiked});
  check(of_two, hierarchy(overlapping, overlapping), two_draws, {of_overlapping, of_overlapping});
}

// The energy is linear in each unit, and the prior reads the mean of those that feed no draw: where
// nothing else reads them, one draw has the exact gradient.
constexpr auto unseen = model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(settings),
                                           x = ~bernoulli(logits = param<4>())));

template <class Guide>
void check_exact(const Guide& q) {
  auto vi = infer<elbo<1>, double>(unseen, q);
  spread_parameters(vi);
  const auto rows = pixels(3);
  const auto exact = [&](const parameters& p) {
    parameters all = p;  // a network that reads nothing
    all["p.h.dense0.weight"].assign(6, 0.0);
    all["p.h.dense0.bias"].assign(2, 0.0);
    all["p.x.dense0.weight"].assign(8, 0.0);
    all["p.x.dense0.bias"] = p.at("p.x.param0.value");
    const by_hand solution(all, two_draws, {});
    return mean_over(rows, 1, [&](const auto& row, std::size_t, std::size_t) {
      return solution.discrete_bound(row);
    });
  };
  const parameters at = parameters_of(vi), expected = finite_differences(exact, at);
  const auto loaded = vi.load(data(x = rows));
  for (std::uint64_t step = 1; step < 4; ++step) {
    CHECK(vi.gradient(loaded, first_rows(3), {.seed = 2, .step = step}).bound ==
          Approx(exact(at)).epsilon(1e-11));
    for (const auto& p : vi.parameter_table())
      for (std::size_t i = 0; i < p.size && p.name.starts_with("q."); ++i) {
        CAPTURE(p.name, i, step);
        CHECK(vi.gradient()[p.offset + i] == Approx(expected.at(p.name)[i]).margin(1e-8));
      }
  }
}
TEST_CASE("the divergence of the last units of dVAE++ has no noise") {
  check_exact(apart(overlapping, overlapping));
  check_exact(hierarchy(enumerate{}, overlapping));
}

TEST_CASE("as beta grows, the smoothed bound approaches that of hard units") {
  const auto distance_at = [](double beta, auto e) {
    auto vi = infer<elbo<2>, double>(of_two, hierarchy(e, e));
    spread_parameters(vi);
    const parameters at = parameters_of(vi);
    const by_hand exact(at, two_draws, {});
    const double discrete = mean_over(pixels(4), 1, [&](const auto& row, std::size_t, std::size_t) {
      return exact.discrete_bound(row);
    });
    const estimate found = mean_gradient(vi, vi.load(data(x = pixels(200))), 200);
    const double apart = std::abs(found.bound - discrete);
    CAPTURE(beta, apart, found.bound_error);
    if (beta < 10) CHECK(apart > 4.8 * found.bound_error);
    if (beta > 100) CHECK(apart <= 4.8 * found.bound_error + 0.002);
  };
  for (const double beta : {3.0, 600.0}) {
    distance_at(beta, dvae{beta});
    distance_at(beta, dvae_plus_plus{beta});
  }
}

// --- what the compiler decides, and evaluation ---------------------------------------------------

TEST_CASE("evaluation draws hard units, as it does of any estimator") {
  const auto some = data(x = pixels(60));
  const auto found = [&](auto vi) {
    spread_parameters(vi);
    for (const auto& drawn : {vi.template posterior<"z1">(some), vi.template posterior<"z2">(some)})
      CHECK(std::all_of(drawn.begin(), drawn.end(), [](double v) { return v == 0 || v == 1; }));
    return std::vector<double>{vi.bound(some, 3).value, vi.bound(some, 4).value,
                               vi.log_likelihood(some, samples(50), 3).value};
  };
  const auto expected = found(infer<elbo<2>, double>(of_two, hierarchy(gumbolt{}, gumbolt{})));
  CHECK(found(infer<elbo<2>, double>(of_two, hierarchy(spiked, spiked))) == expected);
  CHECK(found(infer<elbo<2>, double>(of_two, hierarchy(overlapping, overlapping))) == expected);
}

TEST_CASE("the plan names them") {
  auto vi = infer<elbo<2>, double>(of_two, apart(spiked, overlapping));
  static_assert(vi.estimator<"z1">() == "dvae" && vi.estimator<"z2">() == "dvae_plus_plus");
  static_assert(vi.reason<"z1">() == "chosen with .by(...)");
  std::ostringstream text;
  text << vi.plan();
  CHECK_THAT(text.str(), Catch::Contains("dvae") && Catch::Contains("dvae_plus_plus") &&
                             Catch::Contains("chosen with .by(...)") &&
                             Catch::Contains("z1: beta, the sharpness of the smoothing") &&
                             Catch::Contains("z2: beta, the sharpness of the smoothing"));
  for (const auto& l : vi.plan().latents) {
    CHECK(l.term == "exact entropy");
    CHECK(l.bias == "biased");
    CHECK(l.probes == 1);
  }
  using in_one_draw = decltype(infer<elbo<2>, double>(of_two, together(spiked)));
  static_assert(in_one_draw::estimator<"z1">() == "dvae");
  static_assert(in_one_draw::estimator<"z2">() == "dvae");
  using single = decltype(infer<elbo<2>, double>(of_one, of_one_by(overlapping)));
  static_assert(single::estimator<"z">() == "dvae_plus_plus");
}

TEST_CASE("training learns, with the same bits for 1 and 2 threads") {
  const auto trained = [](unsigned threads) {
    auto vi = infer<elbo<2>, double>(of_two, hierarchy(spiked, spiked));
    const auto some = data(x = pixels(400));
    vi.initialise(1);
    const double before = vi.bound(some).value;
    vi.fit(some, {.epochs = 40,
                  .batch = 200,
                  .optimizer = adam{1e-2},
                  .threads = threads,
                  .progress = false});
    CHECK(vi.bound(some).value > before + 0.2);
    return parameters_of(vi);
  };
  CHECK(trained(1) == trained(2));
}

// Two values are a draw's own, relaxed, and want adjoints.
constexpr latent_traits of_machine{.family = "bernoulli",
                                   .boltzmann_prior = true,
                                   .prior_reads_whole_draw = true,
                                   .discrete = true,
                                   .variables = 2,
                                   .categories = 2,
                                   .differentiable_downstream = true};
constexpr auto relaxed = representation::relaxed;
constexpr auto adjoint = probe_role::adjoint;
static_assert(verdict_on<dvae>(of_machine).yes && verdict_on<dvae_plus_plus>(of_machine).yes);
static_assert(can_evaluate({.role = adjoint, .form = relaxed, .two_values = true}, of_machine).yes);
static_assert(!can_evaluate({.form = relaxed, .two_values = true}, of_machine).yes);
static_assert(!can_evaluate({.role = adjoint, .two_values = true}, of_machine).yes);
static_assert(!can_evaluate({.values = probe_set::kind::joint,
                             .count = 4,
                             .role = adjoint,
                             .form = relaxed,
                             .weighted = true,
                             .two_values = true},
                            of_machine)
                   .yes);
static_assert(!dvae::accepts({.family = "categorical", .boltzmann_prior = true}).yes);

}  // namespace
}  // namespace tests
