#include <cmath>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "runtime_boltzmann_systems.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/boltzmann/boltzmann.hpp>
#include <variad/runtime/error.hpp>

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

namespace {

// A value within four of its standard errors. These come from 16 runs or more, so that the
// deviation has Student's distribution with 15 degrees of freedom: a false-alarm rate of 1.2e-3
// (6e-5 for the weights of many chains) for another seed.
void check_estimate(const log_z_estimate& found, double exact, double largest_error) {
  CHECK(std::abs(found.value - exact) < 4 * found.standard_error);
  CHECK(found.standard_error > 0);
  CHECK(found.standard_error < largest_error);
}

template <class Model>
void check_estimates(const Model& model, double exact) {
  for (const path_start start : {path_start::fair_coins, path_start::biases}) {
    for (const auto& ladder : {linear_ladder(120), geometric_ladder(120, 0.01)})
      check_estimate(
          log_z_annealed(model, {.chains = 300, .ladder = ladder, .start = start, .seed = 5}),
          exact, 0.05);
    const tempered_estimate tempered = log_z_tempered(model, {.pilot_rounds = 4,
                                                              .pilot_sweeps = 100,
                                                              .burn_in = 100,
                                                              .sweeps = 400,
                                                              .start = start,
                                                              .seed = 6});
    check_estimate(tempered, exact, 0.05);
    REQUIRE(tempered.exchange_rates.size() + 1 == tempered.inverse_temperatures.size());
    // The number of temperatures is whole, so with few of them the rate is a rough one.
    for (const double rate : tempered.exchange_rates) CHECK(rate == Approx(0.5).margin(0.2));
  }
}

}  // namespace

TEST_CASE("log Z of a small restricted machine", "[log_z]") {
  const restricted_system<double> system(4, 6, 2);
  const double exact = enumerate_log_z(system);
  CHECK(log_z_exact(system.model()) == Approx(exact).epsilon(1e-13));
  check_estimates(system.model(), exact);
  const restricted_system<float> single(4, 6, 2);
  CHECK(log_z_exact(single.model()) == Approx(exact).epsilon(1e-6));
  check_estimates(single.model(), exact);
}

TEST_CASE("log Z of a restricted machine of 16 x 16 units", "[log_z]") {
  const restricted_system<double> system(16, 16, 1);
  // Either group summed out in closed form.
  double sum = 0;
  for (std::uint64_t s = 0; s < 65536; ++s) {
    double term = 0;
    for (std::size_t i = 0; i < 16; ++i) term += double(s >> i & 1) * system.theta[i];
    for (std::size_t j = 0; j < 16; ++j) {
      double field = system.theta[16 + j];
      for (std::size_t i = 0; i < 16; ++i)
        field += double(s >> i & 1) * system.theta[32 + j * 16 + i];
      term += std::log1p(std::exp(field));
    }
    sum += std::exp(term);
  }
  CHECK(log_z_exact(system.model()) == Approx(std::log(sum)).epsilon(1e-12));
  check_estimates(system.model(), std::log(sum));
}

TEST_CASE("temperatures are placed for the wanted rate of exchange", "[log_z]") {
  const restricted_system<float> system(16, 150, 1.5);
  const auto model = system.model();
  const double exact = log_z_exact(model);
  for (const double wanted : {0.5, 0.75}) {
    const tempered_estimate found = log_z_tempered(
        model, {.pilot_sweeps = 150, .burn_in = 150, .sweeps = 500, .exchange_rate = wanted});
    check_estimate(found, exact, 0.08);
    REQUIRE(found.exchange_rates.size() >= 6);
    for (const double rate : found.exchange_rates) CHECK(rate == Approx(wanted).margin(0.08));
  }
}

TEST_CASE("log Z of a general graph of 16 units", "[log_z]") {
  const graph_system<double> system(complete_graph(16), 1);
  const double exact = enumerate_log_z(system);
  CHECK(log_z_exact(system.model()) == Approx(exact).epsilon(1e-13));
  check_estimates(system.model(), exact);
}

TEST_CASE("log Z of a cubic energy of 12 units", "[log_z]") {
  const polynomial_system<float> system(12, cubic_terms(12), 1.5);
  const double exact = enumerate_log_z(system);
  CHECK(log_z_exact(system.model()) == Approx(exact).epsilon(1e-6));
  check_estimates(system.model(), exact);
}

TEST_CASE("log Z of units without couplings is known from the start", "[log_z]") {
  const std::vector<double> a = normal_values<double>(30, 1, 1),
                            b = normal_values<double>(27, 1, 2);
  const restricted_boltzmann_energy<double> model({a, b, {}});
  double exact = 0;
  for (const auto& biases : {a, b})
    for (const double x : biases) exact += std::log1p(std::exp(x));
  const log_z_estimate annealed = log_z_annealed(model, {.chains = 10, .ladder = {0, 1}});
  CHECK(annealed.value == Approx(exact).epsilon(1e-13));
  CHECK(annealed.standard_error < 1e-7);
  const tempered_estimate tempered = log_z_tempered(
      model, {.pilot_sweeps = 5, .burn_in = 4, .sweeps = 5, .start = path_start::biases});
  CHECK(tempered.value == Approx(exact).epsilon(1e-13));
  CHECK(tempered.inverse_temperatures == std::vector<double>{0, 1});
}

TEST_CASE("log Z has the same bits for any number of threads, and reports progress", "[log_z]") {
  use_one_blas_thread();
  const restricted_system<float> system(20, 9, 1);
  const auto model = system.model();
  std::vector<std::string> stages;
  const auto observe = [&](const log_z_progress& p) {
    CHECK(p.done <= p.total);
    if (p.done == p.total) stages.emplace_back(p.stage);
  };
  std::vector<double> values;
  for (const unsigned threads : {1u, 2u}) {
    const auto annealed = log_z_annealed(
        model,
        {.chains = 200, .ladder = linear_ladder(100), .threads = threads, .progress = observe});
    const auto tempered = log_z_tempered(model, {.replicas = 4,
                                                 .pilot_sweeps = 70,
                                                 .burn_in = 40,
                                                 .sweeps = 100,
                                                 .threads = threads,
                                                 .progress = observe});
    for (const log_z_estimate& e : {log_z_estimate(annealed), log_z_estimate(tempered)}) {
      values.push_back(e.value);
      values.push_back(e.standard_error);
    }
  }
  for (std::size_t i = 0; i < 4; ++i) CHECK(values[i] == values[i + 4]);
  const std::vector<std::string> once{"annealing", "placing temperatures", "burn-in", "sampling"};
  REQUIRE(stages.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) CHECK(stages[i] == once[i % 4]);
}

TEST_CASE("the progress of log Z can be shown", "[log_z]") {
  const restricted_system<float> system(3, 2, 1);
  std::ostringstream lines, terminal;
  for (const bool to_terminal : {false, true})
    log_z_annealed(system.model(),
                   {.chains = 64,
                    .ladder = linear_ladder(130),
                    .progress = show_log_z_progress(to_terminal ? terminal : lines, to_terminal)});
  CHECK(lines.str() == "log Z: annealing 130/130\n");
  CHECK_THAT(terminal.str(), Catch::EndsWith("\r\x1b[Klog Z: annealing 130/130\n"));
}

TEST_CASE("log Z refuses what it cannot do", "[log_z]") {
  using Catch::Contains;
  const graph_system<float> large(complete_graph(26), 1);
  CHECK_THROWS_WITH(log_z_exact(large.model()),
                    Contains("found 25 units outside of the largest block, expected at most 24"));
  const restricted_system<float> system(2, 2, 1);
  CHECK_THROWS_WITH(log_z_annealed(system.model(), {.chains = 1}),
                    Contains("found .chains = 1, expected at least 2"));
  CHECK_THROWS_WITH(log_z_annealed(system.model(), {.ladder = {0, 0.7, 0.3, 1}}),
                    Contains("expected two or more that rise from 0 to 1"));
  CHECK_THROWS_WITH(log_z_tempered(system.model(), {.replicas = 1}),
                    Contains("found .replicas = 1, expected at least 2"));
  CHECK_THROWS_WITH(log_z_tempered(system.model(), {.exchange_rate = 1}),
                    Contains("expected one from 0.01 to 0.99"));
}
