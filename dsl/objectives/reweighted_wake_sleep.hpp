#pragma once

#include <cstddef>

#include <variad/dsl/contracts/objective.hpp>
#include <variad/dsl/objectives/log_mean.hpp>

namespace variad {

/// Reweighted wake-sleep of K samples, averaged over S replicates (Bornschein and Bengio 2015,
/// eq. 8 and 12): with w̃_k the share of sample z_k ~ q in Σ_k p(x, z_k) / q(z_k | x),
///
///     the model ascends  Σ_k w̃_k ∂ log p(x, z_k),   the guide  Σ_k w̃_k ∂ log q(z_k | x),
///
/// so that the guide comes closer to the posterior in KL(p(z | x) ‖ q). Draws are values and are
/// not differentiated: no latent needs a gradient estimator, discrete or not, and the guide's step
/// does not drown as K grows. Both sums are biased, as self-normalised averages are, by 1/K. The
/// value is that of iwae<K, S>, which the model's step follows and the guide's does not. This is
/// the wake phase of both; the sleep phase, in which the guide learns from draws of the model, is
/// not offered.
template <int K, int S = 1>
struct reweighted_wake_sleep {
  static_assert(K >= 1 && S >= 1,
                "reweighted_wake_sleep<K, S> takes at least one sample and one replicate");
  static constexpr objective_traits traits{.name = "reweighted_wake_sleep",
                                           .replicates = S,
                                           .importance = K,
                                           .weighs_samples = true,
                                           .closed_forms = false,
                                           .differentiates_draws = false,
                                           .seeds_guide = true};

  template <class Samples>
  static auto evaluate(const Samples& samples) {
    const auto value = log_mean(samples);
    for (std::size_t k = 0; k < samples.count(); ++k)
      samples.seed_guide(k, decltype(samples.seed(k))(-samples.seed(k)));
    return value;
  }
};

}  // namespace variad
