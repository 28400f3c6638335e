#pragma once

#include <variad/dsl/estimators/ancestral.hpp>

namespace variad {

/// Variational inference for Monte Carlo objectives (Mnih and Rezende 2016): the score function of
/// each sample that the objective weighs, with its value L(log w) as the cost, less a baseline of
/// that sample alone, the value with its weight replaced by the geometric mean of the others':
///
///     (L − L₋ᵢ) ∂ log q(zᵢ),   L₋ᵢ = L(log wᵢ := (1/(K − 1)) Σ_{j≠i} log w_j).
struct vimco {
  static constexpr estimator_traits traits{
      .name = "vimco", .bias = bias_class::unbiased, .source = "Mnih and Rezende 2016"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.weighs_samples || t.importance < 2)
      return {
          false,
          "its baselines are made of importance samples: use an objective that weighs K of them, "
          "K of at least 2"};
    return {true, "any density, with the other importance samples as baselines"};
  }
  static constexpr probe_set probes(const latent_traits&) { return {}; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    for (std::size_t row = 0; row < site.rows(); ++row)
      site.add_score(row, site.weight(row) * (site.cost(row) - baseline(site, row)));
  }

 private:
  template <class Family, class T>
  static T baseline(const draw_site<Family, T>& site, std::size_t row) {
    const std::size_t k = site.importance_samples(), own = site.importance_sample(row);
    double total = 0;
    for (std::size_t j = 0; j < k; ++j)
      if (j != own) total += static_cast<double>(site.log_weight(row, j));
    return site.cost_with(row, static_cast<T>(total / static_cast<double>(k - 1)));
  }
};

}  // namespace variad
