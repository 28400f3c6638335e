#pragma once

#include <cmath>

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// Local expectation gradients (Titsias and Lázaro-Gredilla, "Local expectation gradients for black
/// box variational inference", 2015): the sum over all values of one variable is exact, with the
/// others as drawn. With f_j the cost of value j of a variable and π its probabilities, the adjoint
/// of π is f less its mean: ∂/∂l_j Σ π·f = π_j (f_j − Σ π·f) of logits l. A value of probability 0
/// adds nothing to the mean, whatever it costs; its own derivative is taken where its cost is
/// finite. From the same one-site alternatives as direct_argmax.
struct local_expectation {
  static constexpr estimator_traits traits{.name = "local_expectation",
                                           .bias = bias_class::unbiased,
                                           .source = "Titsias and Lázaro-Gredilla 2015"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.discrete) return {false, "a continuous draw has no list of values to sum over"};
    return {true, "the values of each variable can be summed over"};
  }
  static constexpr probe_set probes(const latent_traits& t) {
    return {.values = probe_set::kind::one_site, .count = t.variables * t.categories};
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    T *const l = site.scratch(), *const adjoint = l + n * k;
    for (std::size_t row = 0; row < site.rows(); ++row) {
      site.logits(row, l);
      for (std::size_t i = 0; i < n; ++i) {
        T* const p = l + i * k;
        math::softmax(p, p, k);
        // Costs relative to the first possible one: they are large, and their differences small.
        std::size_t first = 0;
        while (first + 1 < k && p[first] == T(0)) ++first;
        const auto cost = [&](std::size_t j) {
          return site.cost(row, i * k + j) - site.cost(row, i * k + first);
        };
        T mean = 0;
        for (std::size_t j = 0; j < k; ++j) mean += math::product_or_zero(p[j], cost(j));
        for (std::size_t j = 0; j < k; ++j) {
          const T difference = site.weight(row) * (cost(j) - mean);
          adjoint[i * k + j] = p[j] != T(0) || std::isfinite(difference) ? difference : T(0);
        }
      }
      site.add_probabilities(row, adjoint);
    }
  }
};

}  // namespace variad
