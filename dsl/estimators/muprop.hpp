#pragma once

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/estimators/relaxation.hpp>

namespace variad {

/// MuProp (Gu, Levine, Sutskever and Mnih 2016): the score function of a draw b with the
/// first-order Taylor expansion of the objective about the mean μ = E b as a baseline, whose
/// expectation is added again:
///
///     (f(b) − f(μ) − f′(μ)·(b − μ)) ∂log q(b) + f′(μ)·∂μ.
///
/// Unbiased: the expansion is linear in b. The mean is evaluated in two rows of weight 1 and −1, so
/// that nothing downstream learns from it; the adjoint of the first is f′(μ).
struct muprop {
  static constexpr estimator_traits traits{
      .name = "muprop", .bias = bias_class::unbiased, .source = "Gu and others 2016"};

  static constexpr verdict accepts(const latent_traits& t) {
    return internals::relaxation::accepts(
        t, "discrete, with an expansion about the mean as a baseline");
  }
  static constexpr probe_set probes(const latent_traits&) {
    return internals::relaxation::draw_and_two_relaxed();
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      T *const hard = site.value(row).data(), *const mean = site.value(row + 1).data();
      internals::relaxation::perturb(site, row, mean);
      internals::relaxation::harden(site, static_cast<const T*>(mean), hard);
      internals::relaxation::logits(site, row, mean);
      internals::relaxation::relax(site, T(1), mean);
      std::copy_n(mean, site.value(row).size(), site.value(row + 2).data());
      site.probe_weight(row) = site.probe_weight(row + 1) = T(1);
      site.probe_weight(row + 2) = T(-1);
    }
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t size = internals::relaxation::size_of(site);
    T* const gradient = site.scratch();
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      const T *const hard = site.value(row).data(), *const mean = site.value(row + 1).data(),
                     *const slope = site.adjoint(row + 1).data();
      T signal = site.weight(row) * (site.cost(row) - site.cost(row + 1));
      for (std::size_t i = 0; i < size; ++i) signal -= slope[i] * (hard[i] - mean[i]);
      internals::relaxation::to_perturbed_logits(site, T(1), mean, slope, gradient);
      for (std::size_t i = 0; i < size; ++i) gradient[i] += signal * (hard[i] - mean[i]);
      internals::relaxation::add_logits(site, row, static_cast<const T*>(gradient));
    }
  }
};

}  // namespace variad
