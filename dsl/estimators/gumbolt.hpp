#pragma once

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/estimators/positive_knob.hpp>
#include <variad/dsl/estimators/relaxation.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// "GumBolt: Extending Gumbel trick to Boltzmann priors" (Khoshaman and Amin 2018). A unit with
/// logit l is drawn relaxed, ζ = sigmoid((l + logit ρ) / τ) with ρ uniform (eq. 2), and everything
/// downstream sees ζ: the prior as the proxy e^{-E(ζ)} / Z (eq. 7), the guide as the Bernoulli mass
/// at ζ, ζ log q + (1 − ζ) log(1 − q) (eq. 9). The gradient is that of the relaxed objective along
/// this path. Evaluation and generation draw hard units, its limit as τ falls to 0.
struct gumbolt {
  schedule tau = 1.0 / 7.0;  ///< the value of §5.1

  static constexpr estimator_traits traits{.name = "gumbolt",
                                           .bias = bias_class::biased,
                                           .source = "Khoshaman and Amin 2018, eq. 2, 7 and 9",
                                           .knob =
                                               "tau, the temperature of the relaxed units: as it "
                                               "falls, bias vanishes and variance grows"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (t.family != "bernoulli")
      return {false, "it relaxes binary units: draw them by bernoulli in the guide"};
    return internals::relaxation::accepts(t, "binary units, relaxed");
  }
  static constexpr verdict preferred(const latent_traits& t) {
    if (!t.boltzmann_prior || !accepts(t).yes) return {false, ""};
    return {true, "Boltzmann prior, and derivatives reach the relaxed units from every term"};
  }
  static constexpr probe_set probes(const latent_traits&) {
    return {
        .role = probe_role::adjoint, .form = representation::relaxed, .sampled_divergence = true};
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    internals::relaxation::propose(site,
                                   internals::positive_knob("gumbolt: .tau", tau, site.step()));
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    internals::relaxation::pull_back(site, tau(site.step()));
  }
};

}  // namespace variad
