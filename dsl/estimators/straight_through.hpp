#pragma once

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/estimators/relaxation.hpp>

namespace variad {

/// Straight-through (Bengio, Léonard and Courville, "Estimating or propagating gradients through
/// stochastic neurons for conditional computation", 2013): everything downstream sees the hard
/// draw, and the derivative to it is passed on as if to the probabilities.
struct straight_through {
  static constexpr estimator_traits traits{.name = "straight_through",
                                           .bias = bias_class::biased,
                                           .source = "Bengio, Léonard and Courville 2013"};

  static constexpr verdict accepts(const latent_traits& t) {
    return internals::relaxation::accepts(t, "discrete, with the derivative of its mean");
  }
  static constexpr probe_set probes(const latent_traits&) { return {.role = probe_role::adjoint}; }
  /// The probabilities of a row.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables * t.categories);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T* const mean = site.kept(row).data();
      internals::relaxation::logits(site, row, mean);
      internals::relaxation::relax(site, T(1), mean);
      internals::relaxation::pull_back(site, row, T(1), static_cast<const T*>(mean),
                                       site.adjoint(row).data());
    }
  }
};

}  // namespace variad
