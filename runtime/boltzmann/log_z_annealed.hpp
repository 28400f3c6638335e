#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/ladder.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/boltzmann/tempering.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

namespace variad {

struct annealed_options {
  std::size_t chains = 1000;
  std::vector<double> ladder = linear_ladder(4000);  ///< inverse temperatures from 0 to 1
  path_start start = path_start::biases;
  std::uint64_t seed = 0;
  unsigned threads =
      1;  ///< 0 stands for as many as the machine has; the result does not depend on it
  log_z_observer progress = {};
};

struct annealed_estimate : log_z_estimate {
  /// How many independent samples of equal weight the chains are worth; when it is a small part of
  /// their number, value and error mean little: take more temperatures.
  double effective_chains = 0;
};

namespace internals {

/// log Z by annealed importance sampling (Neal 2001, "Annealed importance sampling"; for restricted
/// Boltzmann machines Salakhutdinov and Murray 2008): chains go from independent units along the
/// ladder to the model, one sweep of block Gibbs at each inverse temperature; the average of their
/// weights is unbiased for Z over its value at β = 0. Weights are those of the distribution with
/// the largest block summed out. The standard error is that of log of the average, from the
/// weights' variance (delta method). Call `use_one_blas_thread()` before if `threads` is not 1.
/// Throws `variad::error` for a ladder that does not rise from 0 to 1, or fewer than two chains.
template <energy_model M>
annealed_estimate log_z_annealed(const M& model, const annealed_options& options = {}) {
  const std::vector<double>& ladder = options.ladder;
  check_option("log_z_annealed", "chains", options.chains, 2);
  if (ladder.size() < 2 || ladder.front() != 0 || ladder.back() != 1 ||
      !std::is_sorted(ladder.begin(), ladder.end()))
    throw error("log_z_annealed: found a ladder of " + std::to_string(ladder.size()) +
                " inverse temperatures, expected two or more that rise from 0 to 1");

  const tempered_path<M> path(model, options.start);
  // Groups of a fixed size: the same bits whatever the number of threads.
  constexpr std::size_t group = 64;
  const std::size_t groups = (options.chains + group - 1) / group;
  std::vector<double> log_weights(options.chains, 0.0);
  stage_progress progress(options.progress, "annealing", groups * (ladder.size() - 1));
  thread_pool pool(options.threads);
  pool.run(groups, [&](std::size_t g) {
    const std::size_t first = g * group, rows = std::min(group, options.chains - first);
    tempered_states<M> states(path, rows,
                              make_stream(options.seed, g, hash_name("log_z_annealed")));
    states.observe();
    for (std::uint32_t k = 0; k + 1 < ladder.size(); ++k) {
      states.sweep([&](std::size_t) { return ladder[k]; }, k);
      states.observe();
      for (std::size_t r = 0; r < rows; ++r)
        log_weights[first + r] +=
            states.log_weight(r, ladder[k + 1]) - states.log_weight(r, ladder[k]);
      if (k % 64 == 63) progress.advance(64);
    }
    progress.advance((ladder.size() - 1) % 64);
  });

  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  const double n = static_cast<double>(options.chains);
  double sum = 0, squares = 0;
  for (const double l : log_weights) {
    const double w = std::exp(l - largest);
    sum += w;
    squares += w * w;
  }
  annealed_estimate result;
  result.value = path.log_z_start() + largest + std::log(sum / n);
  result.effective_chains = sum * sum / squares;
  // The variance of the weights over the square of their mean is n / effective - 1.
  result.standard_error = std::sqrt(std::max(0.0, n / result.effective_chains - 1) / (n - 1));
  return result;
}

}  // namespace internals
}  // namespace variad
