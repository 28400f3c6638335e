#pragma once

#include <cmath>

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/runtime/math/running_logsumexp.hpp>

namespace variad {

/// Variational inference for Monte Carlo objectives (Mnih and Rezende 2016): the score function of
/// each importance sample with the bound as its cost, less a baseline of that sample alone, which
/// is the bound with its weight replaced by the geometric mean of the others':
///
///     (L − L₋ᵢ) ∂ log q(zᵢ),   L₋ᵢ = log (1/K) (Σ_{j≠i} w_j + exp((1/(K − 1)) Σ_{j≠i} log w_j)).
struct vimco {
  static constexpr estimator_traits traits{
      .name = "vimco", .bias = bias_class::unbiased, .source = "Mnih and Rezende 2016"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.importance_weighted || t.importance < 2)
      return {false, "its baselines are made of importance samples: use iwae<K>, K of at least 2"};
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
    running_logsumexp sum;
    double mean = 0;
    for (std::size_t j = 0; j < k; ++j) {
      if (j == own) continue;
      const double w = static_cast<double>(site.log_weight(row, j));
      sum.add(w);
      mean += w / static_cast<double>(k - 1);
    }
    sum.add(mean);
    return static_cast<T>(sum.value() - std::log(static_cast<double>(k)));
  }
};

}  // namespace variad
