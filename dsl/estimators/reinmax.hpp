#pragma once

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/estimators/relaxation.hpp>

namespace variad {

/// ReinMax (Liu, Dong, Liu, Yu and Gao, "Bridging discrete and backpropagation: straight-through
/// and beyond", 2023, algorithm 2): everything downstream sees the hard draw D, and the derivative
/// to it is passed on as 2 J(π₁) − J(π) / 2 with J(π) = diag π − π πᵀ, the probabilities π and
/// π₁ = (D + π) / 2. That is exact where what follows is quadratic in the draw: Heun's rule in
/// place of Euler's, which straight_through is.
struct reinmax {
  static constexpr estimator_traits traits{
      .name = "reinmax", .bias = bias_class::biased, .source = "Liu and others 2023, algorithm 2"};

  static constexpr verdict accepts(const latent_traits& t) {
    return internals::relaxation::accepts(t, "discrete, with a derivative of the second order");
  }
  static constexpr probe_set probes(const latent_traits&) { return {.role = probe_role::adjoint}; }
  /// The probabilities of a row, and the adjoint of their logits.
  static constexpr std::size_t kept(const latent_traits& t) {
    return 2 * static_cast<std::size_t>(t.variables * t.categories);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    namespace relaxation = internals::relaxation;
    const std::size_t n = relaxation::size_of(site);
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T *const p = site.kept(row).data(), *const adjoint = p + n, *const out = site.scratch();
      const T *const drawn = site.value(row).data(), *const seed = site.adjoint(row).data();
      relaxation::logits(site, row, p);
      relaxation::relax(site, T(1), p);
      relaxation::to_perturbed_logits(site, T(1), static_cast<const T*>(p), seed, adjoint);
      for (std::size_t i = 0; i < n; ++i) p[i] = (p[i] + drawn[i]) / 2;
      relaxation::to_perturbed_logits(site, T(1), static_cast<const T*>(p), seed, out);
      for (std::size_t i = 0; i < n; ++i) adjoint[i] = 2 * out[i] - adjoint[i] / 2;
      relaxation::add_logits(site, row, static_cast<const T*>(adjoint));
    }
  }
};

}  // namespace variad
