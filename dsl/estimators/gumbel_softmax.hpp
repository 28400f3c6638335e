#pragma once

#include <array>

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/estimators/positive_knob.hpp>
#include <variad/dsl/estimators/relaxation.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// Gumbel-Softmax (Jang, Gu and Poole 2017), the Concrete distribution (Maddison, Mnih and Teh
/// 2017): everything downstream sees relaxed values ζ = softmax((l + γ) / τ), and the gradient is
/// that of the relaxed objective along this path. A divergence from the prior with a closed form is
/// that of the discrete draw. The bound that is shown in training is of relaxed values, and may lie
/// far above the bound with discrete values that evaluation gives.
struct gumbel_softmax {
  schedule tau = 0.5;

  static constexpr estimator_traits traits{
      .name = "gumbel_softmax",
      .bias = bias_class::biased,
      .source = "Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017",
      .knob =
          "tau, the temperature of the relaxed values: as it falls, bias vanishes and variance "
          "grows"};

  static constexpr std::array knob_values{0.1, 0.2, 0.5, 1.0, 2.0};

  static constexpr verdict accepts(const latent_traits& t) {
    return internals::relaxation::accepts(t, "discrete, relaxed");
  }
  static constexpr verdict preferred(const latent_traits& t) {
    return {t.batch_statistics_downstream && accepts(t).yes,
            "discrete above batch_norm: costs leave out what a row does to the others' statistics, "
            "a relaxation's derivative does not"};
  }
  static constexpr probe_set probes(const latent_traits&) {
    return {.role = probe_role::adjoint, .form = representation::relaxed};
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    internals::relaxation::propose(
        site, internals::positive_knob("gumbel_softmax: .tau", tau, site.step()));
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    internals::relaxation::pull_back(site, tau(site.step()));
  }
};

}  // namespace variad
