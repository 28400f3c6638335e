#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/exchange.hpp>
#include <variad/runtime/boltzmann/ladder.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/boltzmann/tempering.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/reduce/reduce.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

namespace variad {

struct tempered_options {
  std::size_t replicas = 16;       ///< independent runs, which give the standard error
  std::size_t pilot_rounds = 5;    ///< each places the inverse temperatures anew
  std::size_t pilot_sweeps = 200;  ///< per round
  std::size_t burn_in = 2000;      ///< sweeps after the pilot rounds
  std::size_t sweeps = 10000;      ///< sweeps that count
  double exchange_rate = 0.5;      ///< of neighbours: what the inverse temperatures are placed for
  std::size_t max_temperatures = 512;
  path_start start = path_start::fair_coins;
  std::uint64_t seed = 0;
  unsigned threads =
      1;  ///< 0 stands for as many as the machine has; the result does not depend on it
  log_z_observer progress = {};
};

struct tempered_estimate : log_z_estimate {
  std::vector<double> inverse_temperatures;  ///< from 0 to 1
  std::vector<double> exchange_rates;        ///< between each and the next
};

namespace internals {

using pair_sums = std::vector<neighbour_sums>;

template <class Run>
pair_sums total_sums(const std::vector<Run>& runs) {
  std::vector<pair_sums> at(tree_levels(runs.size()) + 1);
  const auto add = [&](std::size_t p, const pair_sums& sums) {
    for (std::size_t i = 0; i < sums.size(); ++i) at[p][i] += sums[i];
  };
  reduce(
      {0, runs.size()},
      [&](std::size_t r, std::size_t p, bool adds) {
        if (adds)
          add(p, runs[r].sums());
        else
          at[p] = runs[r].sums();
        return true;
      },
      [&](std::size_t p) { add(p, at[p + 1]); });
  return at[0];
}

/// Inverse temperatures from 0 to 1 at equal distances for the wanted rate of exchange, from the
/// distances between the present ones.
inline std::vector<double> place_temperatures(const std::vector<double>& betas,
                                              const pair_sums& sums, double rate,
                                              std::size_t most) {
  std::vector<double> length(betas.size(), 0.0);
  for (std::size_t i = 0; i < sums.size(); ++i)
    length[i + 1] = length[i] + std::max(sums[i].distance(), 1e-6);
  const double wanted = length.back() / inverse_erfc(rate);
  const std::size_t steps =
      static_cast<std::size_t>(std::clamp(std::round(wanted), 1.0, static_cast<double>(most - 1)));
  std::vector<double> placed(steps + 1, 0.0);
  std::size_t i = 0;
  for (std::size_t k = 1; k < steps; ++k) {
    const double at = length.back() * static_cast<double>(k) / static_cast<double>(steps);
    while (length[i + 1] < at) ++i;
    placed[k] =
        betas[i] + (betas[i + 1] - betas[i]) * (at - length[i]) / (length[i + 1] - length[i]);
  }
  placed[steps] = 1;
  return placed;
}

inline double sum_of_bridges(const pair_sums& sums, const std::vector<double>& c) {
  double total = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) total += sums[i].bridge(c[i]);
  return total;
}

/// log Z by parallel tempering (Desjardins and others 2010) with bridge sampling between
/// neighbours, by Bennett's acceptance ratio (1976), summed from β = 0, where log Z is known (units
/// · log 2 for `path_start::fair_coins`). It is what "GumBolt" (Khoshaman and Amin 2018,
/// section 5.1) estimates log Z with. Pilot rounds place the inverse temperatures at equal
/// thermodynamic lengths, such that neighbours exchange at the wanted rate; the burn-in also finds
/// the constants of the acceptance ratios, after which nothing adapts. Weights are those of the
/// distribution with the largest block summed out. Sums are pooled over independent runs, and the
/// standard error is the jackknife's over them, so that it holds whatever the autocorrelation
/// within a run; with R of them it is itself known to a part of 1 / sqrt(2 (R - 1)). Call
/// `use_one_blas_thread()` before if `threads` is not 1. Throws `variad::error` for options out of
/// range.
template <energy_model M>
tempered_estimate log_z_tempered(const M& model, const tempered_options& options = {}) {
  check_option("log_z_tempered", "replicas", options.replicas, 2);
  check_option("log_z_tempered", "pilot_sweeps", options.pilot_sweeps, 1);
  check_option("log_z_tempered", "burn_in", options.burn_in, 4);
  check_option("log_z_tempered", "sweeps", options.sweeps, 1);
  check_option("log_z_tempered", "max_temperatures", options.max_temperatures, 2);
  if (!(options.exchange_rate >= 0.01 && options.exchange_rate <= 0.99))
    throw error("log_z_tempered: found .exchange_rate = " + std::to_string(options.exchange_rate) +
                ", expected one from 0.01 to 0.99");

  const tempered_path<M> path(model, options.start);
  tempered_estimate result;
  std::vector<double>& betas = result.inverse_temperatures;
  betas = linear_ladder(std::min<std::size_t>(16, options.max_temperatures - 1));
  std::vector<tempering_run<M>> runs;
  for (std::size_t r = 0; r < options.replicas; ++r)
    runs.emplace_back(path, make_stream(options.seed, r, hash_name("log_z_tempered")), betas);
  thread_pool pool(options.threads);
  std::vector<double> c;
  const auto advance = [&](std::size_t sweeps, stage_progress& progress) {
    pool.run(runs.size(), [&](std::size_t r) { runs[r].run(sweeps, c, progress); });
    return total_sums(runs);
  };

  stage_progress pilot(options.progress, "placing temperatures",
                       options.pilot_rounds * options.pilot_sweeps * runs.size());
  for (std::size_t round = 0; round < options.pilot_rounds; ++round) {
    c.assign(betas.size() - 1, 0.0);
    betas = place_temperatures(betas, advance(options.pilot_sweeps, pilot), options.exchange_rate,
                               options.max_temperatures);
    for (auto& run : runs) run.place(betas);
  }

  constexpr std::size_t parts = 4;
  stage_progress burn_in(options.progress, "burn-in",
                         options.burn_in / parts * parts * runs.size());
  c.assign(betas.size() - 1, 0.0);
  for (std::size_t part = 0; part < parts; ++part) {
    const pair_sums sums = advance(options.burn_in / parts, burn_in);
    for (std::size_t i = 0; i < c.size(); ++i)
      c[i] = part == 0 ? sums[i].mean_work() : sums[i].bridge(c[i]);
  }

  stage_progress sampling(options.progress, "sampling", options.sweeps * runs.size());
  const pair_sums total = advance(options.sweeps, sampling);
  result.value = path.log_z_start() + sum_of_bridges(total, c);
  if (!std::isfinite(result.value))
    throw error(
        "log_z_tempered: found neighbouring temperatures of " + std::to_string(betas.size()) +
        " whose states do not overlap, expected more pilot sweeps, a longer burn-in or more "
        "temperatures");
  for (const auto& pair : total) result.exchange_rates.push_back(pair.acceptance / pair.count);

  const double n = static_cast<double>(runs.size());
  std::vector<double> without;
  for (const auto& run : runs) {
    pair_sums sums = total;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] -= run.sums()[i];
    without.push_back(sum_of_bridges(sums, c));
  }
  const double centre = std::accumulate(without.begin(), without.end(), 0.0) / n;
  double squares = 0;
  for (const double value : without) squares += (value - centre) * (value - centre);
  result.standard_error = std::sqrt(squares * (n - 1) / n);
  return result;
}

}  // namespace internals
}  // namespace variad
