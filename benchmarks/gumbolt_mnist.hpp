#pragma once

// What the programs gumbolt_one_hierarchy and gumbolt_two_hierarchies share: rows of tables 1 and 2
// of "GumBolt: Extending Gumbel trick to Boltzmann priors" (Khoshaman and Amin 2018). A row is a
// structure, an objective and a prior; it is trained for a number of updates with the paper's
// schedules scaled to that length, and evaluated with discrete units. RESULTS.md holds what has
// been run.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "table_of_runs.hpp"

#include <variad/variad.hpp>

namespace experiment {

using namespace variad;

struct settings : table_settings {
  std::size_t updates = 20000, test_images = 1000, test_samples = 4000;
  std::uint32_t sweeps = 20;
  unsigned threads = 1;
};

/// Trains a row and evaluates it; goes on from its checkpoint if it was stopped, and does nothing
/// if it is done.
template <class Objective, class Model, class Guide>
void run(const settings& s, const std::string& row, const Model& model, const Guide& guide) {
  if (!s.wants(row)) return;
  const results_file results(
      s.out + "/results.csv",
      "updates,sweeps,log_likelihood,log_z,log_z_error,training_minutes,minutes");
  if (results.has(row, s.seed)) return;
  constexpr auto x = observed<"x", 784>;
  constexpr std::size_t images = 50000, batch = 100;
  const auto begin = std::chrono::steady_clock::now();
  const auto u = [&](double part) {
    return static_cast<std::uint64_t>(part * static_cast<double>(s.updates));
  };
  constexpr double first = 3e-3, drop = 0.3;
  std::cout << row << " seed " << s.seed << std::endl;
  auto vi = infer<Objective>(model, guide);
  fit_options options = s.options(row);
  options.epochs = (s.updates * batch + images - 1) / images;
  options.batch = batch;
  options.optimizer = adam{.rate = schedules::stepwise({{0, first},
                                                        {u(0.60), first * drop},
                                                        {u(0.75), first * drop * drop},
                                                        {u(0.95), first * drop * drop * drop}})};
  options.kl_weight = schedules::linear(0.0, 1.0, u(0.3));
  options.threads = s.threads;
  options.checkpoint_every = 2;
  options.max_steps = s.updates;
  const fit_report trained = vi.fit(data(x = idx(s.train).first(images).binarized(1)), options);
  if (trained.reason == stop_reason::interrupted) std::exit(130);

  tempered_options tempering;
  tempering.seed = s.seed;
  tempering.threads = s.threads;
  tempering.progress = show_log_z_progress();
  const log_z_estimate log_z = vi.template log_z<"z1">(tempering);
  vi.use_threads(s.threads);
  const auto test = data(x = idx(s.test).first(s.test_images).binarized(1));
  const double bound = vi.log_likelihood(test, samples(s.test_samples)).value;
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
  results.add(row, s.seed,
              {static_cast<double>(s.updates), static_cast<double>(s.sweeps), bound, log_z.value,
               log_z.standard_error, trained.seconds / 60, all.count() / 60});
}

/// The settings of the prior: as in the paper, but for the number of sweeps.
inline boltzmann_settings prior_of(const settings& s, bool coupled = true) {
  return {.sweeps = s.sweeps, .coupled = coupled};
}

inline int main(int argc, char** argv, const char* what, void (*all)(const settings&)) {
  settings s;
  CLI::App app{what};
  s.add_options(app);
  app.add_option("--updates", s.updates);
  app.add_option("--sweeps", s.sweeps, "Sweeps of Gibbs sampling for each update");
  app.add_option("--test-images", s.test_images);
  app.add_option("--test-samples", s.test_samples);
  app.add_option("--threads", s.threads);
  CLI11_PARSE(app, argc, argv);
  all(s);
  return 0;
}

}  // namespace experiment
