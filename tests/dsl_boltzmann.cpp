#include "boltzmann_models.hpp"
#include "kernel_check.hpp"

// A Boltzmann machine as a prior, against sums over all states: densities, bounds, log Z, samples,
// and the estimators of hard units.

namespace tests {
namespace {

using namespace boltzmann;
using namespace variad::internals;

// --- density -------------------------------------------------------------------------------------

/// log p at relaxed units and its derivatives, in the units and in the machine's parameters.
template <int N1, int N2>
void check_log_prob(bool coupled) {
  using machine = restricted_machine<N1, N2>;
  using machine_op = ops::boltzmann_machine<machine>;
  const machine_op op{machine{coupled}, {.chains = 3}};
  constexpr auto parameters = static_cast<std::size_t>(machine_op::parameter_values);
  constexpr auto all = static_cast<std::size_t>(machine::units);
  typename machine_op::template state<double> state(op, shape_of(machine_op::parameter_values + 1),
                                                    "machine");
  kernel_check::call_on_buffers<double> b(
      {{shape_of(machine::units), 3, 0, 1}, {shape_of(machine_op::parameter_values + 1), 0}},
      shape_of(), shape_of(machine::units), 5);
  const typename families::boltzmann_prior<machine>::log_prob log_prob;
  std::vector<double> scratch(log_prob.scratch_size(b.call.rows, {}));
  b.call.inputs[1].state = &state;
  b.call.scratch = scratch.data();
  const auto objective = [&] {
    log_prob.forward(b.call);
    double total = 0;
    for (std::size_t r = 0; r < b.call.rows; ++r) total += b.out_adjoint[r] * b.out[r];
    return total;
  };

  variad_tests::restricted_system<double> system(N1, N2, 0);
  system.theta.assign(b.value[1].begin(), b.value[1].begin() + parameters);
  if (!coupled) std::fill(system.theta.begin() + all, system.theta.end(), 0.0);
  objective();
  for (std::size_t r = 0; r < b.call.rows; ++r) {
    const auto from = b.value[0].begin() + static_cast<std::ptrdiff_t>(r * all);
    const std::vector<double> zeta(from, from + static_cast<std::ptrdiff_t>(all));
    REQUIRE(b.out[r] == Approx(-system.energy(zeta) - b.value[1][parameters]).epsilon(1e-12));
  }

  for (auto& a : b.adjoint) std::fill(a.begin(), a.end(), 1.0);  // derivatives add to them
  log_prob.pull_back(b.call);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < b.value[i].size(); ++j) {
      const double v = b.value[i][j], h = 1e-5;
      b.value[i][j] = v + h;
      const double up = objective();
      b.value[i][j] = v - h;
      const double down = objective();
      b.value[i][j] = v;
      CAPTURE(N1, N2, coupled, i, j);
      REQUIRE(b.adjoint[i][j] - 1 == Approx((up - down) / (2 * h)).epsilon(1e-7).margin(1e-8));
    }
  if (!coupled)
    for (std::size_t j = all; j < parameters; ++j) REQUIRE(b.adjoint[1][j] == 1);
}

TEST_CASE("the density at relaxed units, and its derivatives") {
  for (const bool coupled : {true, false}) {
    check_log_prob<3, 2>(coupled);
    check_log_prob<1, 4>(coupled);
    check_log_prob<9, 17>(coupled);
  }
}

// --- bounds --------------------------------------------------------------------------------------

/// Every state of the units in turn, from a guide that is sure of it. `place` is where the guide
/// has a unit of the model.
template <class Guide>
void check_weights(const Guide& q, const std::string& name,
                   const std::array<std::size_t, units>& place) {
  auto vi = infer<elbo<1>, double>(small_model(), q);
  spread_parameters(vi);
  auto weight = vi.parameter(name + ".weight"), bias = vi.parameter(name + ".bias");
  weight.fill(0);
  vi.set_parameter(name + ".weight", weight);
  const auto rows = pixels(4);
  for (std::uint64_t s = 0; s < states; ++s) {
    const auto z = variad_tests::state_of(s, units);
    for (std::size_t i = 0; i < units; ++i) bias(place[i]) = z[i] > 0.5 ? 60 : -60;
    vi.set_parameter(name + ".bias", bias);
    const parameters at = parameters_of(vi);
    const by_hand exact(at, together_logits);
    const auto log_joint = [&](const std::vector<double>& pixels) {
      return exact.log_prior(z) + exact.log_likelihood(pixels, z);
    };
    const auto each = vi.log_likelihood_per_datum(data(x = rows), samples(1), s);
    for (std::size_t r = 0; r < 4; ++r)
      REQUIRE(each[r] == Approx(log_joint(row_of(rows, r))).epsilon(1e-12));
    REQUIRE(vi.bound(data(x = rows), samples(1), s).value ==
            Approx(mean_over_kinds(log_joint)).epsilon(1e-12));
  }
}

TEST_CASE("the weight of hard units is that of the energy and the sum over all states") {
  check_weights(together(), "q.z1,z2.dense0", {0, 1, 2, 3, 4});
  constexpr auto swapped = guide(plate<"row">(joint(z2, z1) = ~bernoulli(logits = dense<5>(x))));
  check_weights(swapped, "q.z2,z1.dense0", {2, 3, 4, 0, 1});
}

TEST_CASE("bounds by hard units: below log p(x), and close to it with many samples") {
  auto vi = infer<elbo<1>, double>(small_model(), together());
  for (int round = 0; round < 2; ++round) {  // other parameters have another log Z
    spread_parameters(vi);
    if (round == 1) {
      auto b = vi.parameter(biases);
      b += 1.5;
      vi.set_parameter(biases, b);
    }
    const parameters at = parameters_of(vi);
    const by_hand exact(at, together_logits);
    double elbo = 0, evidence = 0, variance = 0, spread = 0;
    mean_over_kinds([&](const auto& pixels) {
      elbo += exact.elbo(pixels) / 4;
      const double log_p = exact.log_evidence(pixels);
      evidence += log_p / 4;
      // Of what is drawn (the entropy of the guide is exact), and of the weights over their mean.
      double mean = 0, square = 0, weight_square = 0;
      by_hand::sum_over_states([&](const auto& z) {
        const double q = std::exp(exact.log_q(pixels, z)),
                     f = exact.log_prior(z) + exact.log_likelihood(pixels, z);
        mean += q * f;
        square += q * f * f;
        weight_square += q * std::exp(2 * (exact.log_weight(pixels, z) - log_p));
        return 0.0;
      });
      variance += (square - mean * mean) / 4;
      spread += (weight_square - 1) / 4;
      return 0.0;
    });
    // 4.8 standard errors: a false alarm has probability 1.6e-6.
    const double bound = vi.bound(data(x = pixels(8000)), 3).value;
    CHECK(std::abs(bound - elbo) <= 4.8 * std::sqrt(variance / 8000));
    CHECK(bound < evidence);
    // The logarithm of a mean of n weights lies low by about spread / 2n.
    const std::size_t rows = 100, n = 2000;
    const double weighted = vi.log_likelihood(data(x = pixels(rows)), samples(n), 4).value;
    CHECK(std::abs(weighted - evidence) <= 4.8 * std::sqrt(spread / double(rows * n)) + spread / n);
    CHECK(weighted > bound);
  }
}

TEST_CASE("the importance-weighted bound of a hierarchical guide") {
  auto vi = infer<iwae<2>, double>(small_model(), hierarchy());
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  const by_hand exact(at, hierarchy_logits);
  const double bound = mean_over_kinds([&](const auto& pixels) { return exact.iwae(pixels, 2); });
  const auto some = data(x = pixels(40));
  double sum = 0, square = 0;
  constexpr int seeds = 500;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const double b = vi.bound(some, seed).value;
    sum += b / seeds;
    square += b * b / seeds;
  }
  // 4.8 standard errors: a false alarm has probability 1.6e-6.
  CHECK(std::abs(sum - bound) <= 4.8 * std::sqrt((square - sum * sum) / (seeds - 1)));
  CHECK(sum < mean_over_kinds([&](const auto& pixels) { return exact.log_evidence(pixels); }));
}

// --- log Z ---------------------------------------------------------------------------------------

TEST_CASE("log Z of bounds is summed while it can be, and annealed beyond") {
  const boltzmann_settings settings{.annealing_chains = 400, .annealing_steps = 500};
  const variad_tests::restricted_system<double> small(enumerated_for_bounds, 18, 0.3),
      large(enumerated_for_bounds + 1, 18, 0.3);
  const log_z_estimate exact = log_z_for_bounds(small.model(), settings);
  CHECK(exact.standard_error == 0);
  CHECK(exact.value == log_z_exact(small.model()));
  const log_z_estimate annealed = log_z_for_bounds(large.model(), settings, 3);
  CHECK(annealed.standard_error > 0);
  CHECK(annealed.standard_error < 0.1);
  // 4.8 standard errors: a false alarm has probability 1.6e-6.
  CHECK(std::abs(annealed.value - log_z_exact(large.model())) <= 4.8 * annealed.standard_error);
}

// Errors are those that the methods state; 4.8 of them, a false alarm in 600,000.
TEST_CASE("log Z by each method, which bounds then count") {
  auto vi = infer<elbo<1>, double>(small_model(), together());
  vi.initialise(3);
  array<double> w = vi.parameter(couplings);
  for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = i % 2 == 0 ? 1.5 : -2.0;
  vi.set_parameter(couplings, w);
  const auto rows = data(x = pixels(6));
  const double exact = vi.log_z<"z1">(exact_sum{}).value;
  const double bound = vi.bound(rows).value;
  variad_tests::restricted_system<double> machine(n1, n2, 0);
  std::fill(machine.theta.begin(), machine.theta.begin() + units, 0.0);
  std::copy(w.begin(), w.end(), machine.theta.begin() + units);
  REQUIRE(exact == Approx(variad_tests::enumerate_log_z(machine)).epsilon(1e-12));
  REQUIRE(vi.log_z<"z2">().value == exact);  // small enough to sum

  const auto check = [&](const log_z_estimate& z) {
    CHECK(z.standard_error > 0);
    CHECK(std::abs(z.value - exact) < 4.8 * z.standard_error);
    CHECK(vi.bound(rows).value - bound == Approx(exact - z.value).margin(1e-9));
  };
  annealed_options annealing;
  annealing.chains = 200;
  annealing.ladder = linear_ladder(50);
  check(vi.log_z<"z1">(annealing));
  tempered_options tempering;
  tempering.replicas = 16;
  tempering.burn_in = 100;
  tempering.sweeps = 500;
  check(vi.log_z<"z1">(tempering));

  w.data()[0] = 0;  // other parameters: bounds make an estimate of their own
  vi.set_parameter(couplings, w);
  std::copy(w.begin(), w.end(), machine.theta.begin() + units);
  const double other = vi.bound(rows).value;
  REQUIRE(vi.log_z<"z1">(exact_sum{}).value ==
          Approx(variad_tests::enumerate_log_z(machine)).epsilon(1e-12));
  REQUIRE(vi.bound(rows).value == other);
}

TEST_CASE("settings without chains, and an edge given twice, are refused") {
  boltzmann_settings none;
  none.chains = 0;
  REQUIRE_THROWS_WITH(small_model(none), Catch::Contains("found .chains = 0"));
  const auto twice = variad::boltzmann({{0, 1}, {1, 0}});
  REQUIRE_THROWS_WITH((z1 = ~twice), Catch::Contains("twice"));
}

TEST_CASE("log Z of training steps is estimated at the first, and anew every so often") {
  using machine = restricted_machine<3, 2>;
  using machine_op = ops::boltzmann_machine<machine>;
  const machine_op op{machine{}, {.chains = 10, .sweeps = 3, .log_z_every = 4}};
  using state_type = machine_op::state<double>;
  run_state<double> run;
  auto& state = *static_cast<state_type*>(run.carry("machine", [&] {
    const auto made =
        std::make_shared<state_type>(op, shape_of(machine_op::parameter_values + 1), "machine");
    return carried_object<double>{made, made->values()};
  }));
  variad_tests::restricted_system<double> before(n1, n2, 0.8), after = before;
  for (double& t : after.theta) t += 0.2;
  const double first = variad_tests::enumerate_log_z(before),
               second = variad_tests::enumerate_log_z(after);
  const auto at_step = [&](const auto& system, std::uint64_t step) {
    return state.advance(system.theta.data(), {.seed = 5, .step = step, .what = purpose::gradient});
  };
  CHECK(at_step(before, 2) == Approx(first).epsilon(1e-12));
  CHECK(at_step(after, 3) == Approx(first).epsilon(1e-12));
  CHECK(at_step(after, 4) == Approx(second).epsilon(1e-12));
  CHECK(at_step(before, 5) == Approx(second).epsilon(1e-12));
  run.begin(1);
  CHECK(at_step(before, 6) == Approx(first).epsilon(1e-12));
}

TEST_CASE("chains follow the machine, and go on from their states") {
  using machine = restricted_machine<3, 2>;
  using machine_op = ops::boltzmann_machine<machine>;
  constexpr std::size_t chains = 20000;
  const machine_op op{machine{}, {.chains = chains, .sweeps = 15}};
  const auto make = [&] {
    return machine_op::state<double>(op, shape_of(machine_op::parameter_values + 1), "machine");
  };
  const variad_tests::restricted_system<double> before(n1, n2, 0.5), after(n1, n2, 1);
  const auto gradient_of = [&](auto& state, const auto& system, std::uint64_t step) {
    state.advance(system.theta.data(), {.seed = 5, .step = step, .what = purpose::gradient});
    std::vector<double> gradient(system.theta.size(), 1.0);  // added to
    state.add_log_z_gradient(system.theta.data(), -0.5, gradient.data());
    return gradient;
  };
  const auto check = [&](const std::vector<double>& found, const auto& system) {
    const std::size_t n = found.size();
    const auto exact = variad_tests::expectation(
        system, 1, n, [&](const auto& z) { return variad_tests::parameter_gradient(system, z); });
    for (std::size_t i = 0; i < n; ++i) {
      CAPTURE(i);  // ∂ log Z = −⟨∂E⟩, each of which is 0 or −1. 4.8 standard errors: 1.6e-6.
      CHECK(std::abs(found[i] - 1 - 0.5 * exact[i]) <=
            4.8 * 0.5 * std::sqrt(-exact[i] * (1 + exact[i]) / chains));
    }
  };
  auto state = make();
  check(gradient_of(state, before, 1), before);
  const auto then = gradient_of(state, after, 2);
  check(then, after);

  // Another state that takes over the chains of step 1 goes on with the same bits.
  auto source = make(), other = make();
  gradient_of(source, before, 1);
  const auto from = source.values(), to = other.values();
  REQUIRE(from.size() == to.size());
  for (std::size_t v = 0; v < from.size(); ++v)
    std::copy(from[v].values.begin(), from[v].values.end(), to[v].values.begin());
  CHECK(gradient_of(other, after, 2) == then);
}

TEST_CASE("units whose couplings are held at zero: log Z in closed form") {
  // More than can be summed over: annealing from the biases has nothing to anneal.
  const auto all = variad_tests::normal_values<double>(40, 1, 3);
  const std::span<const double> values(all);
  double closed = 0;
  for (const double b : all) closed += std::log1p(std::exp(b));
  CHECK(log_z_for_bounds(
            restricted_boltzmann_energy<double>({values.first(20), values.subspan(20), {}}),
            boltzmann_settings{})
            .value == Approx(closed).epsilon(1e-12));

  auto vi = infer<elbo<1>, double>(small_model({.chains = 10, .coupled = false}), together());
  vi.initialise(3);
  for (const double w : vi.parameter(couplings)) CHECK(w == 0);
  const auto zero = vi.parameter(couplings);
  spread_parameters(vi);
  vi.set_parameter(couplings, zero);
  const parameters at = parameters_of(vi);
  double log_z = 0;
  for (const double b : at.at(biases)) log_z += std::log1p(std::exp(b));
  const by_hand exact(at, together_logits);
  REQUIRE(exact.log_z() == Approx(log_z).epsilon(1e-12));

  const auto rows = pixels(8);
  const auto loaded = vi.load(data(x = rows));
  REQUIRE(std::isfinite(vi.gradient(loaded, first_rows(8), {.seed = 2, .step = 1}).bound));
  for (const auto& p : vi.parameter_table())
    if (p.name == couplings)
      for (std::size_t i = 0; i < p.size; ++i) CHECK(vi.gradient()[p.offset + i] == 0);
  vi.fit(data(x = rows), {.epochs = 20, .optimizer = adam{1e-2}, .progress = false});
  for (const double w : vi.parameter(couplings)) CHECK(w == 0);
  const parameters later = parameters_of(vi);
  const by_hand trained(later, together_logits);
  // 160,000 weights whose relative deviation is below 1: five standard errors are below 0.013.
  CHECK(vi.log_likelihood(data(x = rows), samples(20000)).value ==
        Approx(mean_over_kinds([&](const auto& pixels) {
          return trained.log_evidence(pixels);
        })).margin(0.013));
}

// --- samples -------------------------------------------------------------------------------------

TEST_CASE("samples of the units and of what depends on them") {
  auto vi = infer<elbo<1>, double>(small_model({.generation_sweeps = 60}), together());
  spread_parameters(vi);
  auto w = vi.parameter(couplings);
  w *= 2.0;  // couplings that show
  vi.set_parameter(couplings, w);
  const parameters at = parameters_of(vi);
  const by_hand exact(at, together_logits);
  constexpr std::size_t n = 20000;
  const auto first = vi.sample<"z1">(n, 7), second = vi.sample<"z2">(n, 7),
             image = vi.sample<"x">(n, 7), means = vi.generate<"x">(n, 7);
  REQUIRE(first.shape() == array<double>::shape_type{n, n1});
  REQUIRE(second.shape() == array<double>::shape_type{n, n2});

  const auto unit = [&](std::size_t r, std::size_t i) {
    return i < n1 ? first(r, i) : second(r, i - n1);
  };
  // 4.8 standard errors: a false alarm has probability 1.6e-6 in each of 19 checks.
  const auto check = [&](double found, double p) {
    CHECK(std::abs(found - p) <= 4.8 * std::sqrt(p * (1 - p) / n));
  };
  for (std::size_t i = 0; i < units; ++i)
    for (std::size_t j = i; j < units; ++j) {
      double together = 0;
      for (std::size_t r = 0; r < n; ++r) together += unit(r, i) * unit(r, j) / n;
      CAPTURE(i, j);
      check(together, by_hand::sum_over_states([&](const auto& z) {
              return std::exp(exact.log_prior(z)) * z[i] * z[j];
            }));
    }
  for (std::size_t d = 0; d < width; ++d) {
    double drawn = 0, mean = 0;
    for (std::size_t r = 0; r < n; ++r) {
      drawn += image(r, d) / n;
      mean += means(r, d) / n;
    }
    const double p = by_hand::sum_over_states([&](const auto& z) {
      std::vector<double> on(width, 0), off(width, 0);
      on[d] = 1;
      return std::exp(exact.log_prior(z)) /
             (1 + std::exp(exact.log_likelihood(off, z) - exact.log_likelihood(on, z)));
    });
    CAPTURE(d);
    check(drawn, p);
    check(mean, p);
  }
  CHECK((vi.sample<"z1">(150, 7) == vi.sample<"z1">(150, 7)));
  CHECK((vi.sample<"z1">(150, 8) != vi.sample<"z1">(150, 7)));
}

// --- estimators of hard units --------------------------------------------------------------------

// The gradient of all parameters, those of the machine by its chains: their noise is part of the
// standard error, since 20 sweeps between steps leave nothing of the state before.
constexpr boltzmann_settings few_chains{.chains = 50, .sweeps = 20};

double mean_elbo(const parameters& p, guide_logits guide) {
  const by_hand exact(p, guide);
  return mean_over_kinds([&](const auto& pixels) { return exact.elbo(pixels); });
}

template <class Inference>
estimate estimate_of(Inference& vi, std::size_t rows) {
  spread_parameters(vi);
  return mean_gradient(vi, vi.load(data(x = pixels(rows))), 400);
}
template <class Inference>
void check_unbiased(Inference vi, guide_logits guide, std::size_t rows = 200) {
  const estimate e = estimate_of(vi, rows);
  const auto exact = [&](const parameters& p) { return mean_elbo(p, guide); };
  const parameters at = parameters_of(vi);
  require_unbiased(e, finite_differences(exact, at), exact(at));
}
template <class Inference>
void check_near(Inference vi, guide_logits guide) {
  const estimate e = estimate_of(vi, 300);
  // 120,000 draws at epsilon 0.1, and 20,000 states of the chains, leave a standard error below
  // 0.004 beside a bias of 0.005: five of them.
  CHECK(distance(e, finite_differences([&](const parameters& p) { return mean_elbo(p, guide); },
                                       parameters_of(vi))) < 0.025);
}

TEST_CASE("enumerate with a Boltzmann prior") {
  check_unbiased(infer<elbo<1>, double>(small_model(few_chains), together(enumerate{})),
                 together_logits, 4);
  check_unbiased(infer<elbo<1>, double>(small_model(few_chains), apart(enumerate{}, enumerate{})),
                 apart_logits, 4);
}
TEST_CASE("the score function with a Boltzmann prior") {
  constexpr auto e = score_function(leave_one_out);
  check_unbiased(infer<elbo<3>, double>(small_model(few_chains), together(e)), together_logits);
  check_unbiased(infer<elbo<3>, double>(small_model(few_chains), apart(e, e)), apart_logits);
}
TEST_CASE("direct argmax with a Boltzmann prior") {
  constexpr direct_argmax e{0.1};
  check_near(infer<elbo<1>, double>(small_model(few_chains), together(e)), together_logits);
  check_near(infer<elbo<1>, double>(small_model(few_chains), apart(e, e)), apart_logits);
}
TEST_CASE("units drawn given others, each by its own estimator, with a Boltzmann prior") {
  check_near(
      infer<elbo<1>, double>(small_model(few_chains), hierarchy(direct_argmax{0.1}, enumerate{})),
      hierarchy_logits);
  auto vi = infer<iwae<2>, double>(small_model(few_chains),
                                   hierarchy(score_function(no_baseline), enumerate{}));
  const estimate e = estimate_of(vi, 60);
  const auto exact = [](const parameters& p) {
    const by_hand solution(p, hierarchy_logits);
    return mean_over_kinds([&](const auto& pixels) { return solution.iwae(pixels, 2); });
  };
  const parameters at = parameters_of(vi);
  require_unbiased(e, finite_differences(exact, at), exact(at));
}

}  // namespace
}  // namespace tests
