#pragma once

#include <variad/dsl/contracts/objective.hpp>
#include <variad/dsl/objectives/log_mean.hpp>

namespace variad {

/// The importance-weighted bound of K samples, averaged over S replicates:
/// E[log (1/K) Σ_k p(x, z_k) / q(z_k | x)] (Burda, Grosse and Salakhutdinov 2016). Its derivative
/// by log w_k is the share w̃_k of the sum.
template <int K, int S = 1>
struct iwae {
  static_assert(K >= 1 && S >= 1, "iwae<K, S> takes at least one sample and one replicate");
  static constexpr objective_traits traits{.name = "iwae",
                                           .replicates = S,
                                           .importance = K,
                                           .weighs_samples = true,
                                           .closed_forms = false};

  template <class Samples>
  static auto evaluate(const Samples& samples) {
    return log_mean(samples);
  }
  template <class V>
  static V elasticity(const V& share) {
    return V(V(1) - share);
  }
};

}  // namespace variad
