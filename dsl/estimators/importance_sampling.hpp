#pragma once

#include <cmath>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// Importance sampling (`importance-sampling-discrete-vae`, eq. 12–18): values are drawn from q_I
/// and the terms downstream are weighted by q / q_I. The paper's q_I is any distribution of the
/// form of q; here it is one of the family whose logits are those of q times `flatten` in [0, 1],
/// from uniform at 0 to q itself at 1, which is the score function (eq. 23). A proposal by an
/// expression of its own cannot be given: an estimator reads no nodes but the draw's parameters.
struct importance_sampling {
  double flatten = 0.5;

  static constexpr estimator_traits traits{
      .name = "importance_sampling",
      .bias = bias_class::unbiased,
      .source = "importance-sampling-discrete-vae, eq. 12–18",
      .knob = "flatten, from 0 to 1: the proposal's logits over those of the guide"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.discrete) return {false, "its proposal flattens the logits of a discrete draw"};
    if (t.weighs_samples) return {false, "the objective has importance weights of its own"};
    return {true, "draws from a flatter proposal, and weights by q over it"};
  }
  static constexpr probe_set probes(const latent_traits&) { return {.weighted = true}; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    T *l = site.scratch(), *flat = l + n * k;
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const stream_key random = site.random(row);
      site.logits(row, l);
      T log_weight = 0;
      for (std::size_t i = 0; i < n; ++i) {
        // What the guide cannot draw is not proposed.
        for (std::size_t j = 0; j < k; ++j)
          flat[j] =
              std::isinf(l[i * k + j]) ? l[i * k + j] : static_cast<T>(flatten) * l[i * k + j];
        math::log_softmax(l + i * k, l + i * k, k);
        math::log_softmax(flat, flat, k);
        T u;
        fill_uniform(internals::derive(random, static_cast<std::uint32_t>(i), 1), &u, 1);
        std::size_t chosen = 0;
        for (T left = u; chosen + 1 < k; ++chosen) {
          left -= math::exp(flat[chosen]);
          if (left < 0) break;
        }
        while (chosen > 0 && math::exp(flat[chosen]) == T(0)) --chosen;
        Family::set_category(site.value(row).data(), i, chosen, k);
        log_weight += l[i * k + chosen] - flat[chosen];
      }
      site.probe_weight(row) = math::exp(log_weight);
    }
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    for (std::size_t row = 0; row < site.rows(); ++row)
      site.add_score(
          row, site.weight(row) * math::product_or_zero(site.probe_weight(row), site.cost(row)));
  }
};

}  // namespace variad
