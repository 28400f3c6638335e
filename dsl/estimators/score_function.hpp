#pragma once

#include <variad/dsl/estimators/ancestral.hpp>

namespace variad {

/// Baselines of the score function. Each gives a number per row that does not depend on the row's
/// own draw, so subtracting it leaves the gradient unbiased.
namespace baselines {
struct none {};
/// The running mean of the costs of earlier steps, with this decay; it is read before it is
/// updated.
struct moving {
  double decay = 0.9;
};
/// The mean cost of the other replicates (Kool et al. 2019; `coupled-gradient-estimators`, §4).
struct leave_one_out {};
}  // namespace baselines

inline constexpr baselines::none no_baseline{};
inline constexpr baselines::leave_one_out leave_one_out{};

/// The score-function gradient, REINFORCE (Williams 1992): (cost − baseline)·∂ log q;
/// `coupled-gradient-estimators`, eq. 2.
template <class Baseline = baselines::leave_one_out>
struct score_function {
  [[no_unique_address]] Baseline baseline{};

  constexpr score_function() = default;
  constexpr explicit score_function(const Baseline& b) : baseline(b) {}

  static constexpr bool uses_replicates = std::is_same_v<Baseline, baselines::leave_one_out>;
  static constexpr bool uses_mean = std::is_same_v<Baseline, baselines::moving>;

  static constexpr estimator_traits traits{
      .name = uses_replicates ? "score_function(leave_one_out)"
              : uses_mean     ? "score_function(moving)"
                              : "score_function",
      .bias = bias_class::unbiased,
      .source = uses_replicates ? "Kool and others 2019; coupled-gradient-estimators, §4"
                                : "Williams 1992; coupled-gradient-estimators, eq. 2"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (uses_replicates && t.replicates < 2)
      return {false, "leave-one-out needs replicates: an objective with S of at least 2"};
    return {true, "any density"};
  }
  static constexpr verdict preferred(const latent_traits& t) {
    if (uses_replicates && t.replicates >= 2)
      return {true, "no cheaper estimator fits; replicates give the baseline"};
    return {uses_mean, "no cheaper estimator fits, and there are no replicates for a baseline"};
  }
  static constexpr probe_set probes(const latent_traits&) { return {}; }
  static constexpr std::size_t state(const latent_traits&) { return uses_mean ? 2 : 0; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t samples = site.replicates(), rest = site.rows() / samples;
    for (std::size_t i = 0; i < rest; ++i) {
      T total = 0;
      for (std::size_t s = 0; s < samples; ++s) total += site.cost(s * rest + i);
      for (std::size_t s = 0; s < samples; ++s) {
        const std::size_t row = s * rest + i;
        T b = 0;
        if constexpr (uses_replicates) b = (total - site.cost(row)) / static_cast<T>(samples - 1);
        if constexpr (uses_mean) {
          b = site.state()[0];
          site.update()[0] += site.cost(row);
          site.update()[1] += 1;
        }
        site.add_score(row, site.weight(row) * (site.cost(row) - b));
      }
    }
  }

  /// state = [mean, steps seen]; update = [sum of costs, their number].
  template <class T>
  void commit(std::span<T> state, std::span<const T> update) const {
    if constexpr (uses_mean) {
      if (update[1] == 0) return;
      const T mean = update[0] / update[1];
      const T keep = state[1] == 0 ? T(0) : static_cast<T>(baseline.decay);
      state[0] = keep * state[0] + (1 - keep) * mean;
      state[1] += 1;
    }
  }
};

template <class Baseline>
score_function(const Baseline&) -> score_function<Baseline>;

}  // namespace variad
