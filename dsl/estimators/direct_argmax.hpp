#pragma once

#include <array>
#include <cmath>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/gumbel.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// Which perturbed maxima direct_argmax compares: z(ε) with z(0), z(0) with z(−ε), or z(ε) with
/// z(−ε), from the same alternatives.
enum class difference { forward, backward, central };

/// Direct optimization through arg max (`direct-argmax-discrete-vae`, Theorem 1, eq. 10): the draw
/// is z(0) = argmax φ + γ with Gumbel noise γ; with z(ε) = argmax ε·f + φ + γ the gradient of
/// E[f(z)] is (1/ε)(onehot z(ε) − onehot z(0)) in the logits φ. A product of n variables takes f by
/// one-site alternatives (§5.2): f with variable i at j, the others as drawn.
///
/// ε is a distance in logits per nat of cost: the bias vanishes with ε, the variance grows as 1/ε,
/// and no logit's gradient is larger than 1/ε (2/(2ε) for the central difference).
struct direct_argmax {
  schedule epsilon = 0.1;
  difference take = difference::central;

  static constexpr estimator_traits traits{
      .name = "direct_argmax",
      .bias = bias_class::consistent,
      .source = "direct-argmax-discrete-vae, Theorem 1, eq. 10",
      .knob =
          "epsilon, in logits per nat: as it falls, bias vanishes and variance grows; no logit's "
          "gradient exceeds 1/epsilon"};

  /// Most alternatives that the default rule takes without a layer that makes them cheap.
  static constexpr int budget = 64;

  static constexpr std::array knob_values{0.01, 0.03, 0.1, 0.3, 1.0, 3.0};

  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.discrete)
      return {false, "arg max needs a discrete draw; a continuous one can be pathwise"};
    return {true, "discrete; epsilon trades bias for variance"};
  }
  static constexpr verdict preferred(const latent_traits& t) {
    if (!t.discrete || t.batch_statistics_downstream) return {false, ""};
    if (t.cheap_alternatives)
      return {true, "discrete, and the next layer makes one-site alternatives cheap"};
    return {t.variables * t.categories <= budget,
            "discrete, and its alternatives fit the budget of 64"};
  }
  static constexpr probe_set probes(const latent_traits& t) {
    return {.values = probe_set::kind::one_site, .count = t.variables * t.categories};
  }
  /// The perturbed logits φ + γ.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables * t.categories);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T *perturbed = site.kept(row).data(), *l = site.scratch();
      fill_gumbel(site.random(row), perturbed, n * k);
      site.logits(row, l);
      for (std::size_t j = 0; j < n * k; ++j) perturbed[j] += l[j];
      for (std::size_t i = 0; i < n; ++i)
        Family::set_category(site.value(row).data(), i, argmax(perturbed + i * k, k), k);
    }
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    const T e = static_cast<T>(epsilon(site.step()));
    const T up = take == difference::backward ? T(0) : e,
            down = take == difference::forward ? T(0) : -e;
    T* adjoint = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const T* perturbed = site.kept(row).data();
      const T size = site.weight(row) / (up - down);
      std::fill_n(adjoint, n * k, T(0));
      for (std::size_t i = 0; i < n; ++i) {
        // Costs relative to the first possible value that has one: they are large. A value that
        // cannot be drawn, whose perturbed logit is −∞, is never the largest, whatever it costs.
        std::size_t first = 0;
        while (first + 1 < k && !(std::isfinite(perturbed[i * k + first]) &&
                                  std::isfinite(site.cost(row, i * k + first))))
          ++first;
        const T base = site.cost(row, i * k + first);
        const auto maximum = [&](T sign) {
          std::size_t best = first;
          T top = perturbed[i * k + first];
          for (std::size_t j = 0; j < k; ++j) {
            const T at = perturbed[i * k + j] + sign * (site.cost(row, i * k + j) - base);
            if (at > top) {
              top = at;
              best = j;
            }
          }
          return best;
        };
        adjoint[i * k + maximum(up)] += size;
        adjoint[i * k + maximum(down)] -= size;
      }
      site.add_logits(row, adjoint);
    }
  }

 private:
  template <class T>
  static std::size_t argmax(const T* x, std::size_t n) {
    std::size_t best = 0;
    for (std::size_t j = 1; j < n; ++j)
      if (x[j] > x[best]) best = j;
    return best;
  }
};

}  // namespace variad
