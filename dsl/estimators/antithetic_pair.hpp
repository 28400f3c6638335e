#pragma once

#include <variad/dsl/engine/draw_site.hpp>
#include <variad/dsl/estimators/estimator.hpp>
#include <variad/runtime/random/logistic.hpp>

/// Two draws of binary variables from the same uniform u, that arm and disarm evaluate: with φ the
/// logit of the second category and x = logit u, the draw is b = 1[x + φ > 0], and its antithetic
/// twin b̃ = 1[φ − x > 0]. Each alone is a Bernoulli draw.
namespace variad::antithetic_pair {

constexpr verdict accepts(const latent_traits& t) {
  if (!t.discrete || t.categories != 2)
    return {false, "its pairs of draws are of two categories; arsm takes more"};
  return {true, "two categories"};
}
constexpr probe_set probes() {
  return {.values = probe_set::kind::joint, .count = 2, .own_first = true};
}

/// φ of each variable, over the row's logits in `l`.
template <class T>
T logit(const T* l, std::size_t i) {
  return l[2 * i + 1] - l[2 * i];
}

template <class Family, class T>
void propose(const draw_site<Family, T>& site) {
  T* const l = site.scratch();
  for (std::size_t row = 0; row < site.rows(); ++row) {
    T* const x = site.kept(row).data();
    fill_logistic(site.random(row), x, site.variables());
    site.logits(row, l);
    for (std::size_t i = 0; i < site.variables(); ++i)
      Family::set_category(site.value(row).data(), i, x[i] + logit(l, i) > T(0) ? 1 : 0, 2);
  }
}

template <class Family, class T>
void twin(const draw_site<Family, T>& site, std::size_t row, T* out) {
  const T* const x = site.kept(row).data();
  T* const l = site.scratch();
  site.logits(row, l);
  for (std::size_t i = 0; i < site.variables(); ++i)
    Family::set_category(out, i, logit(l, i) - x[i] > T(0) ? 1 : 0, 2);
}

/// Adds (f(b) − f(b̃)) · factor(φ, x) to the adjoint of each logit φ.
template <class Family, class T, class Factor>
void pull_back(const draw_site<Family, T>& site, Factor factor) {
  const std::size_t n = site.variables();
  T *const l = site.scratch(), *const adjoint = l + 2 * n;
  for (std::size_t row = 0; row < site.rows(); ++row) {
    const T* const x = site.kept(row).data();
    const T difference = site.weight(row) * (site.cost(row, 0) - site.cost(row, 1));
    site.logits(row, l);
    for (std::size_t i = 0; i < n; ++i) {
      const T g = difference * factor(logit(l, i), x[i]);
      adjoint[2 * i] = -g;
      adjoint[2 * i + 1] = g;
    }
    site.add_logits(row, adjoint);
  }
}

}  // namespace variad::antithetic_pair
