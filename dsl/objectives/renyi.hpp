#pragma once

#include <variad/dsl/contracts/objective.hpp>
#include <variad/dsl/objectives/log_mean.hpp>

namespace variad {

/// Rényi's bound of order Alpha by K samples, averaged over S replicates, `infer<renyi<20, 0.5>>`
/// (Li and Turner 2016, eq. 14):
///
///     E[1/(1 − α) log (1/K) Σ_k w_k^(1 − α)],   w_k = p(x, z_k) / q(z_k | x).
///
/// 0 is iwae<K, S>, and towards 1 it is the mean of log w, elbo. Below 0 it may lie above
/// log p(x), above 1 it follows the smallest weights and is infinite where one is 0. The derivative
/// by log w_k is the share of w_k^(1 − α) in the sum: unbiased for this bound of K samples, which
/// differs from that of K → ∞.
template <int K, double Alpha, int S = 1>
struct renyi {
  static_assert(K >= 1 && S >= 1, "renyi<K, Alpha, S> takes at least one sample and one replicate");
  static_assert(Alpha != 1, "renyi<K, Alpha, S>: the bound of order 1 is elbo<S>");
  static constexpr objective_traits traits{.name = "renyi",
                                           .replicates = S,
                                           .importance = K,
                                           .weighs_samples = true,
                                           .closed_forms = false,
                                           .knob = Alpha};

  template <class Samples>
  static auto evaluate(const Samples& samples) {
    using V = typename Samples::value_type;
    return V(log_mean(samples, power<V>) / V(power<V>));
  }
  template <class V>
  static V elasticity(const V& share) {
    return V(V(power<V>) * (V(1) - share));
  }

 private:
  template <class V>
  static constexpr auto power = static_cast<scalar_of<V>>(1 - Alpha);
};

}  // namespace variad
