#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "boltzmann_models.hpp"

/// Models with a Boltzmann prior over three units and a small network behind them, and what they
/// say where the prior reads units and everything else reads smoothed ones: written out plainly in
/// double, at given noise and integrated over all of it.
namespace tests::smoothed {

using namespace variad;
using boltzmann::add_product;
using boltzmann::log_bernoulli;
using boltzmann::x;

inline constexpr std::size_t units = 3, states = 1u << units;

inline constexpr auto z1 = latent<"z1", 2>;
inline constexpr auto z2 = latent<"z2">;
inline constexpr auto z = latent<"z", 3>;
inline constexpr auto h = quantity<"h">;

/// The names of the draws of a guide, and how many units each has.
using draw_names = std::vector<std::pair<std::string, std::size_t>>;

inline double sigmoid(double l) { return 1 / (1 + std::exp(-l)); }
inline double softplus(double l) { return std::max(l, 0.0) + std::log1p(std::exp(-std::abs(l))); }
inline double entropy(double l) { return softplus(l) - l * sigmoid(l); }

/// r(ζ | z) of dvae, a spike at 0 where z = 0, or of dvae_plus_plus.
struct smoothing {
  double beta;
  bool spike;

  double density(bool on, double zeta) const {
    const double slope = on ? beta : -beta, offset = on && !spike ? beta : 0;
    return slope * std::exp(slope * zeta - offset) / (std::exp(slope - offset) - std::exp(-offset));
  }
  double distribution(bool on, double zeta) const {
    const double slope = on ? beta : -beta;
    return spike && !on ? 1 : std::expm1(slope * zeta) / std::expm1(slope);
  }
  /// Of ζ, where z = 1 with probability q.
  double mixture(double q, double zeta) const {
    return (1 - q) * distribution(false, zeta) + q * distribution(true, zeta);
  }
  double inverse(double q, double p) const {
    double low = 0, high = 1;
    while (mixture(q, low) < p) {
      const double middle = low + (high - low) / 2;
      if (middle == low || middle == high) break;
      (mixture(q, middle) < p ? low : high) = middle;
    }
    return low;
  }
};

/// Nodes and weights of Gauss and Legendre on [0, 1].
inline std::vector<std::array<double, 2>> quadrature(std::size_t n) {
  std::vector<std::array<double, 2>> out;
  const double m = static_cast<double>(n);
  for (std::size_t i = 1; i <= n; ++i) {
    double t = std::cos(std::numbers::pi * (static_cast<double>(i) - 0.25) / (m + 0.5)), slope = 1;
    for (int round = 0; round < 50; ++round) {
      double now = t, before = 1;
      for (double k = 2; k <= m; ++k)
        before = std::exchange(now, ((2 * k - 1) * t * now - (k - 1) * before) / k);
      slope = m * (t * now - before) / (t * t - 1);
      t -= now / slope;
    }
    out.push_back({(1 + t) / 2, 1 / ((1 - t * t) * slope * slope)});
  }
  return out;
}

/// What a sample of the units is: as the prior reads them, and as everything else does.
struct sample {
  std::vector<double> prior = std::vector<double>(units, 0.0), zeta = prior;
};
/// The states of the units of dvae at a sample, and their logits, about which differences are made.
struct place {
  std::vector<double> state, logit;
};

/// What model and guide say for one value of the parameters; draw d has its own smoothing.
class by_hand {
 public:
  by_hand(const parameters& p, draw_names draws, std::vector<smoothing> by)
      : p_(p),
        draws_(std::move(draws)),
        by_(std::move(by)),
        machine_(p.contains("p.z.boltzmann0.biases") ? "p.z.boltzmann0."
                                                     : "p.z1,z2.restricted_boltzmann0."),
        hidden_(p.at("p.h.dense0.weight")) {
    if (hidden_.size() < 2 * units)
      hidden_.insert(hidden_.end(), p.at("p.h.dense1.weight").begin(),
                     p.at("p.h.dense1.weight").end());
    double total = 0;
    for (std::uint64_t s = 0; s < states; ++s)
      total += std::exp(-energy(variad_tests::state_of(s, units)));
    log_z_ = std::log(total);
  }

  double log_prior(const std::vector<double>& of) const { return -energy(of) - log_z_; }
  double log_likelihood(const std::vector<double>& pixels, const std::vector<double>& zeta) const {
    std::vector<double> hidden = p_.at("p.h.dense0.bias"), l = p_.at("p.x.dense0.bias");
    add_product(zeta, hidden_, hidden);
    for (double& v : hidden) v = std::tanh(v);
    add_product(hidden, p_.at("p.x.dense0.weight"), l);
    return log_bernoulli(pixels, l);
  }
  std::size_t first_of(std::size_t d) const { return d == 0 ? 0 : draws_[0].second; }
  std::size_t size_of(std::size_t d) const { return draws_[d].second; }
  /// Logits of draw d, which may depend on those before it.
  std::vector<double> logits(std::size_t d, const std::vector<double>& pixels,
                             const std::vector<double>& zeta) const {
    const std::string layer = "q." + draws_[d].first + ".";
    if (p_.contains(layer + "param0.value")) return p_.at(layer + "param0.value");
    std::vector<double> l = p_.at(layer + "dense0.bias");
    const auto& weight = p_.at(layer + "dense0.weight");
    const std::vector<double> before(zeta.begin(),
                                     zeta.begin() + static_cast<std::ptrdiff_t>(first_of(d)));
    add_product(weight.size() == l.size() * pixels.size() ? pixels : before, weight, l);
    if (d > 0 && p_.contains(layer + "dense1.weight"))
      add_product(before, p_.at(layer + "dense1.weight"), l);
    return l;
  }
  /// Whether another draw reads draw d.
  bool feeds_draws(std::size_t d) const {
    return d == 0 && (p_.contains("q.z2.dense1.weight") || p_.contains("q.w.dense1.weight") ||
                      p_.contains("q.z1.param0.value"));
  }

  /// Draws d at this noise into a sample; returns the entropy of its units. A unit of dvae moves
  /// in its logit, about the place that was noted first, as the gradient of its expectation says.
  double draw(std::size_t d, const std::vector<double>& pixels, const std::vector<double>& noise,
              sample& s, place& at) const {
    const std::vector<double> l = logits(d, pixels, s.zeta);
    double total = 0;
    for (std::size_t j = 0; j < l.size(); ++j) {
      const std::size_t i = first_of(d) + j;
      const double q = sigmoid(l[j]);
      total += entropy(l[j]);
      if (by_[d].spike) {
        at.state.resize(units);
        at.logit.resize(units, std::nan(""));
        if (std::isnan(at.logit[i])) {
          at.state[i] = noise[i] < q ? 1 : 0;
          at.logit[i] = l[j];
        }
        s.zeta[i] = at.state[i] > 0 ? by_[d].inverse(q, 1 - noise[i]) : 0;
        s.prior[i] =
            at.state[i] > 0 ? 1 : softplus(l[j]) - softplus(at.logit[i]);  // its slope is q
      } else {
        s.zeta[i] = by_[d].inverse(q, noise[i]);
        const double on = q * by_[d].density(true, s.zeta[i]),
                     off = (1 - q) * by_[d].density(false, s.zeta[i]);
        s.prior[i] = feeds_draws(d) ? on / (on + off) : q;
      }
    }
    return total;
  }
  /// The terms of a sample but for entropies.
  double terms(const std::vector<double>& pixels, const sample& s, double divergence) const {
    return log_likelihood(pixels, s.zeta) + divergence * log_prior(s.prior);
  }
  /// The bound at this noise, whose gradient is that of the step.
  double at_noise(const std::vector<double>& pixels, const std::vector<double>& noise,
                  double divergence, place& at) const {
    sample s;
    double total = 0;
    for (std::size_t d = 0; d < draws_.size(); ++d)
      total += divergence * draw(d, pixels, noise, s, at);
    return total + terms(pixels, s, divergence);
  }

  /// E[log p(x | ζ) + log p(z) − log q(z)] over z and ζ.
  double smoothed_bound(const std::vector<double>& pixels) const {
    sample s;
    return integrate(0, 0, logits(0, pixels, s.zeta), pixels, s, 0);
  }
  /// The same where ζ = z.
  double discrete_bound(const std::vector<double>& pixels) const {
    double total = 0;
    for (std::uint64_t k = 0; k < states; ++k) {
      const std::vector<double> state = variad_tests::state_of(k, units);
      double log_q = 0;
      for (std::size_t d = 0; d < draws_.size(); ++d) {
        const auto from = state.begin() + static_cast<std::ptrdiff_t>(first_of(d));
        log_q += log_bernoulli({from, from + static_cast<std::ptrdiff_t>(size_of(d))},
                               logits(d, pixels, state));
      }
      total += std::exp(log_q) * (log_likelihood(pixels, state) + log_prior(state) - log_q);
    }
    return total;
  }

 private:
  double energy(const std::vector<double>& v) const {
    const auto &b = p_.at(machine_ + "biases"), &w = p_.at(machine_ + "couplings");
    const double linear = b[0] * v[0] + b[1] * v[1] + b[2] * v[2];
    if (w.size() == 2) return -linear - v[2] * (w[0] * v[0] + w[1] * v[1]);
    return -linear - w[0] * v[0] * v[1] - w[1] * v[0] * v[2] - w[2] * v[1] * v[2];
  }

  /// Over unit j of draw d and those after it, of what the ones before have made.
  double integrate(std::size_t d, std::size_t j, const std::vector<double>& l,
                   const std::vector<double>& pixels, sample& s, double log_q) const {
    if (j == l.size())
      return d + 1 == draws_.size()
                 ? terms(pixels, s, 1) - log_q
                 : integrate(d + 1, 0, logits(d + 1, pixels, s.zeta), pixels, s, log_q);
    static const auto nodes = quadrature(7);
    double total = 0;
    const auto visit = [&](bool on, double zeta, double weight) {
      const std::size_t i = first_of(d) + j;
      s.prior[i] = on ? 1 : 0;
      s.zeta[i] = zeta;
      const double log_mass = -softplus(on ? -l[j] : l[j]);
      total += std::exp(log_mass) * weight * integrate(d, j + 1, l, pixels, s, log_q + log_mass);
    };
    for (const bool on : {false, true})
      if (by_[d].spike && !on)
        visit(false, 0, 1);
      else
        for (const auto& [zeta, weight] : nodes) visit(on, zeta, weight * by_[d].density(on, zeta));
    return total;
  }

  const parameters& p_;
  draw_names draws_;
  std::vector<smoothing> by_;
  std::string machine_;
  std::vector<double> hidden_;
  double log_z_ = 0;
};

// --- models --------------------------------------------------------------------------------------

inline constexpr step_settings at_step{.seed = 7, .step = 3, .kl_weight = 0.7};
inline constexpr boltzmann_settings settings{.chains = 50, .sweeps = 20};

inline const draw_names one_draw{{"z1,z2", 3}}, two_draws{{"z1", 2}, {"z2", 1}}, alone{{"z", 3}};

inline constexpr dvae spiked{3.0};
inline constexpr dvae_plus_plus overlapping{4.0};
inline const smoothing of_spiked{3, true}, of_overlapping{4, false};

inline constexpr auto of_two =
    model(plate<"row">(joint(z1, z2) = ~restricted_boltzmann(settings), h = tanh(dense<2>(z1, z2)),
                       x = ~bernoulli(logits = dense<4>(h))));

// q(z1 | x) q(z2 | x, z1)
template <class E1, class E2>
constexpr auto hierarchy(const E1& e1, const E2& e2) {
  return guide(plate<"row">(z1 = ~bernoulli(logits = dense<2>(x)).by(e1),
                            z2 = ~bernoulli(logits = dense<1>(x, z1)).by(e2)));
}

// --- one step ------------------------------------------------------------------------------------

/// The random numbers of a draw in the step.
inline stream_key stream_of(const std::string& name, std::size_t sample, std::size_t row) {
  return row_stream(make_stream(at_step.seed, at_step.step, hash_name(name)),
                    static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(row));
}
/// The noise of all units.
inline std::vector<double> noise_of(const draw_names& draws, std::size_t sample, std::size_t row) {
  std::vector<double> out;
  for (const auto& [name, size] : draws) {
    std::vector<double> noise(size);
    fill_uniform(stream_of(name, sample, row), noise.data(), size);
    out.insert(out.end(), noise.begin(), noise.end());
  }
  return out;
}

/// The mean of f(pixels of a row, row, sample) over rows and samples.
template <class F>
double mean_over(const array<double>& rows, std::size_t samples, F&& f) {
  double total = 0;
  for (std::size_t r = 0; r < rows.shape(0); ++r)
    for (std::size_t s = 0; s < samples; ++s)
      total += f(boltzmann::row_of(rows, r), r, s) / static_cast<double>(rows.shape(0) * samples);
  return total;
}

/// Bound and gradient of a step against f(parameters, places) at the step's noise, with a place for
/// each row and sample that is the same at every call. The gradient of the machine is that of its
/// chains in part, and left out.
template <class Inference, class F>
void check_step(Inference& vi, const array<double>& rows, std::size_t samples, F&& f) {
  spread_parameters(vi);
  std::vector<place> places(rows.shape(0) * samples);
  const auto bound_at = [&](const parameters& p) { return f(p, places); };
  const parameters at = parameters_of(vi);
  const auto loaded = vi.load(data(x = rows));
  const double bound = vi.gradient(loaded, boltzmann::first_rows(rows.shape(0)), at_step).bound;
  CHECK(bound == Approx(bound_at(at)).epsilon(1e-11));
  const parameters expected = finite_differences(bound_at, at);
  for (const auto& p : vi.parameter_table()) {
    if (p.name.find("boltzmann0") != std::string::npos) continue;
    for (std::size_t i = 0; i < p.size; ++i) {
      CAPTURE(p.name, i);
      CHECK(vi.gradient()[p.offset + i] == Approx(expected.at(p.name)[i]).margin(1e-8));
    }
  }
}

}  // namespace tests::smoothed
