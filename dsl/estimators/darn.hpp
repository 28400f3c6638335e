#pragma once

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/estimators/relaxation.hpp>

namespace variad {

/// The gradient of deep autoregressive networks, DARN (Gregor, Danihelka, Mnih, Blundell and
/// Wierstra 2014): differences of the objective between values of one variable by its derivative
/// at the draw b alone. With logit l and p = sigmoid(l) of a binary variable,
///
///     ∂E f/∂l = p (1 − p) (f(1) − f(0)) ≈ p (1 − p) · f′(b) / (2 q(b)) = f′(b) |b − p| / 2,
///
/// in expectation p (1 − p) (f′(0) + f′(1)) / 2, the trapezium rule: exact where f is quadratic in
/// each variable. Of k categories the same rule for all pairs, f(e_i) − f(e_j) ≈ (f′(e_i) +
/// f′(e_j))·(e_i − e_j) / 2, with each derivative where its category is drawn: with g = f′(b),
/// drawn category c and probabilities p, the adjoint of logit i is (1[i = c] (g_c − Σ_j p_j g_j) +
/// p_i (g_i − g_c)) / 2.
struct darn {
  static constexpr estimator_traits traits{
      .name = "darn", .bias = bias_class::biased, .source = "Gregor and others 2014"};

  static constexpr verdict accepts(const latent_traits& t) {
    return internals::relaxation::accepts(t, "discrete, by the derivative at the draw");
  }
  static constexpr probe_set probes(const latent_traits&) { return {.role = probe_role::adjoint}; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t size = internals::relaxation::size_of(site), k = site.categories();
    T* const p = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const T *const b = site.value(row).data(), *const g = site.adjoint(row).data();
      internals::relaxation::logits(site, row, p);
      internals::relaxation::relax(site, T(1), p);
      if constexpr (internals::relaxation::binary<Family>) {
        for (std::size_t i = 0; i < size; ++i)
          p[i] = g[i] * (b[i] > T(0.5) ? T(1) - p[i] : p[i]) / T(2);
      } else {
        for (std::size_t i = 0; i < size; i += k) {
          T at_draw = 0, mean = 0;
          for (std::size_t j = i; j < i + k; ++j) {
            at_draw += b[j] * g[j];
            mean += p[j] * g[j];
          }
          for (std::size_t j = i; j < i + k; ++j)
            p[j] = (b[j] * (at_draw - mean) + p[j] * (g[j] - at_draw)) / T(2);
        }
      }
      internals::relaxation::add_logits(site, row, static_cast<const T*>(p));
    }
  }
};

}  // namespace variad
