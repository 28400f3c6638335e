#pragma once

#include <array>

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/estimators/positive_knob.hpp>
#include <variad/dsl/estimators/relaxation.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// Straight-through Gumbel-Softmax (Jang, Gu and Poole 2017): everything downstream sees the hard
/// draw argmax(l + γ), and the derivative to it is passed on as if to ζ = softmax((l + γ) / τ) of
/// the same noise.
struct straight_through_gumbel_softmax {
  schedule tau = 0.5;

  static constexpr estimator_traits traits{.name = "straight_through_gumbel_softmax",
                                           .bias = bias_class::biased,
                                           .source = "Jang, Gu and Poole 2017",
                                           .knob =
                                               "tau, the temperature of the derivative: a smaller "
                                               "one is noisier; the bias does not vanish"};

  static constexpr std::array knob_values{0.1, 0.2, 0.5, 1.0, 2.0};

  static constexpr verdict accepts(const latent_traits& t) {
    return internals::relaxation::accepts(t, "discrete, with the derivative of a relaxed value");
  }
  static constexpr probe_set probes(const latent_traits&) { return {.role = probe_role::adjoint}; }
  /// ζ.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables * t.categories);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const T sharpness = static_cast<T>(
        1 / internals::positive_knob("straight_through_gumbel_softmax: .tau", tau, site.step()));
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T* const zeta = site.kept(row).data();
      internals::relaxation::perturb(site, row, zeta);
      internals::relaxation::harden(site, static_cast<const T*>(zeta), site.value(row).data());
      internals::relaxation::relax(site, sharpness, zeta);
    }
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const T sharpness = static_cast<T>(1 / tau(site.step()));
    for (std::size_t row = 0; row < site.rows(); ++row)
      internals::relaxation::pull_back(site, row, sharpness,
                                       static_cast<const T*>(site.kept(row).data()),
                                       site.adjoint(row).data());
  }
};

}  // namespace variad
