#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include <boost/random/uniform_01.hpp>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/boltzmann/tempering.hpp>
#include <variad/runtime/random/engine.hpp>
#include <variad/runtime/random/stream.hpp>

namespace variad::internals {

/// The x with erfc(x) = rate, for rates from 0.001 to 1, by Newton's method, which comes from
/// the left without overshooting as erfc is convex there.
inline double inverse_erfc(double rate) {
  double x = 0;
  for (int i = 0; i < 40; ++i)
    x += (std::erfc(x) - rate) / (2 * std::numbers::inv_sqrtpi * std::exp(-x * x));
  return x;
}

/// What is known of two neighbouring inverse temperatures: sums over sweeps of functions of the
/// work d(x) = log-weight at the colder one - log-weight at the hotter one, at the hotter state x0
/// and the colder one x1.
struct neighbour_sums {
  double count = 0;
  double acceptance = 0;  // min(1, e^(d(x0) - d(x1))): how often the states are exchanged
  double work_0 = 0;      // d(x0)
  double work_1 = 0;      // d(x1)
  double fermi_0 = 0;     // sigmoid(d(x0) - c), c being an earlier estimate of log Z1/Z0
  double fermi_1 = 0;     // sigmoid(c - d(x1))

  neighbour_sums& operator+=(const neighbour_sums& o) { return add(o, 1); }
  neighbour_sums& operator-=(const neighbour_sums& o) { return add(o, -1); }

  void observe(double d0, double d1, double c) {
    count += 1;
    acceptance += std::min(1.0, std::exp(d0 - d1));
    work_0 += d0;
    work_1 += d1;
    fermi_0 += 1 / (1 + std::exp(c - d0));
    fermi_1 += 1 / (1 + std::exp(d1 - c));
  }

  /// log Z1/Z0 to second order: what to begin with.
  [[nodiscard]] double mean_work() const { return (work_0 + work_1) / (2 * count); }

  /// log Z1/Z0 by Bennett's acceptance ratio (1976), which holds for any c and has the least
  /// variance if c is the result.
  [[nodiscard]] double bridge(double c) const { return c + std::log(fermi_0 / fermi_1); }

  /// The distance between the two, as thermodynamic length: were the work normal, states would be
  /// exchanged with probability erfc(distance), and distances along the path would add up.
  [[nodiscard]] double distance() const {
    const double rate = acceptance / count;
    if (rate < 0.05) return std::sqrt(std::max(work_1 - work_0, 0.0) / count) / 2;
    return inverse_erfc(std::min(rate, 0.999));
  }

 private:
  neighbour_sums& add(const neighbour_sums& o, double sign) {
    count += sign * o.count;
    acceptance += sign * o.acceptance;
    work_0 += sign * o.work_0;
    work_1 += sign * o.work_1;
    fermi_0 += sign * o.fermi_0;
    fermi_1 += sign * o.fermi_1;
    return *this;
  }
};

/// One run of parallel tempering: a state at each of the inverse temperatures, the hottest first,
/// and exchanges between neighbours, of the even and of the odd pairs in turn.
template <energy_model M>
class tempering_run {
 public:
  tempering_run(const tempered_path<M>& path, stream_key key, const std::vector<double>& betas)
      : path_(&path),
        key_(key),
        engine_(engine_of(derive(key, ~0u, ~0u))),
        states_(path, betas.size(), key),
        betas_(betas) {}

  [[nodiscard]] const std::vector<neighbour_sums>& sums() const { return sums_; }

  /// Goes on at other inverse temperatures, each from the state at the one that was next to it.
  void place(const std::vector<double>& betas) {
    tempered_states<M> states(*path_, betas.size(), key_);
    std::size_t from = 0;
    for (std::size_t to = 0; to < betas.size(); ++to) {
      while (from + 1 < betas_.size() &&
             std::abs(betas_[from + 1] - betas[to]) <= std::abs(betas_[from] - betas[to]))
        ++from;
      std::copy_n(states_.state(from), path_->model().units(), states.state(to));
    }
    states_ = std::move(states);
    betas_ = betas;
  }

  /// Takes sweeps and sums over them, beginning anew; `c` holds an earlier estimate of each pair's
  /// log Z ratio.
  void run(std::size_t sweeps, const std::vector<double>& c, stage_progress& progress) {
    const std::size_t last = betas_.size() - 1;
    sums_.assign(last, {});
    work_0_.resize(last);
    work_1_.resize(last);
    boost::random::uniform_01<double> uniform;
    states_.observe();
    for (std::size_t s = 1; s <= sweeps; ++s) {
      states_.sweep([&](std::size_t r) { return betas_[r]; }, draw_++);
      states_.observe();
      for (std::size_t r = 0; r <= last; ++r) {
        const double here = states_.log_weight(r, betas_[r]);
        if (r < last) work_0_[r] = states_.log_weight(r, betas_[r + 1]) - here;
        if (r > 0) work_1_[r - 1] = here - states_.log_weight(r, betas_[r - 1]);
      }
      for (std::size_t i = 0; i < last; ++i) {
        sums_[i].observe(work_0_[i], work_1_[i], c[i]);
        if (i % 2 == draw_ % 2 && std::log(uniform(engine_)) < work_0_[i] - work_1_[i])
          states_.exchange(i, i + 1);
      }
      if (s % 64 == 0 || s == sweeps) progress.advance((s - 1) % 64 + 1);
    }
  }

 private:
  const tempered_path<M>* path_;
  stream_key key_;
  threefry_engine engine_;
  tempered_states<M> states_;
  std::vector<double> betas_, work_0_, work_1_;
  std::vector<neighbour_sums> sums_;
  std::uint32_t draw_ = 0;
};

}  // namespace variad::internals
