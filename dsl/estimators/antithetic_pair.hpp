#pragma once

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/runtime/random/logistic.hpp>

/// Two draws of binary variables from the same uniform u, that arm and disarm evaluate: with φ the
/// logit of the second category and x = logit u, the draw is b = 1[x + φ > 0], and its antithetic
/// twin b̃ = 1[φ − x > 0]. Each alone is a Bernoulli draw.
namespace variad::internals::antithetic_pair {

/// φ of each variable, over the row's logits in `l`.
template <class T>
T logit(const T* l, std::size_t i) {
  return l[2 * i + 1] - l[2 * i];
}

/// The gradient in each logit φ is (f(b) − f(b̃)) · Factor{}(φ, x).
template <class Factor>
struct gradient {
  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.discrete || t.categories != 2)
      return {false, "its pairs of draws are of two categories; arsm takes more"};
    return {true, "two categories"};
  }
  static constexpr probe_set probes(const latent_traits&) {
    return {.values = probe_set::kind::joint, .count = 2, .own_first = true};
  }
  /// x of each variable.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    T* const l = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T* const x = site.kept(row).data();
      fill_logistic(site.random(row), x, site.variables());
      site.logits(row, l);
      for (std::size_t i = 0; i < site.variables(); ++i)
        Family::set_category(site.value(row).data(), i, x[i] + logit(l, i) > T(0) ? 1 : 0, 2);
    }
  }
  /// b̃
  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t row, std::size_t, T* out) const {
    T* const l = site.scratch();
    site.logits(row, l);
    for (std::size_t i = 0; i < site.variables(); ++i)
      Family::set_category(out, i, logit(l, i) - site.kept(row)[i] > T(0) ? 1 : 0, 2);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables();
    T *const l = site.scratch(), *const adjoint = l + 2 * n;
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const T* const x = site.kept(row).data();
      const T difference = site.weight(row) * (site.cost(row, 0) - site.cost(row, 1));
      site.logits(row, l);
      for (std::size_t i = 0; i < n; ++i) {
        const T g = difference * Factor{}(logit(l, i), x[i]);
        adjoint[2 * i] = -g;
        adjoint[2 * i + 1] = g;
      }
      site.add_logits(row, adjoint);
    }
  }
};

}  // namespace variad::internals::antithetic_pair
