#pragma once

#include <algorithm>
#include <string_view>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/gumbel.hpp>
#include <variad/runtime/random/logistic.hpp>
#include <variad/runtime/simd/loop.hpp>

/// The relaxed draw that gumbel_softmax, the straight-through estimators, rebar and gumbolt share:
/// the Concrete distribution (Maddison, Mnih and Teh 2017; Jang, Gu and Poole 2017). Of n variables
/// with k categories it is ζ = softmax((l + γ) / τ) with Gumbel noise γ; of binary variables, with
/// one value each, ζ = sigmoid((l + logit ρ) / τ) with ρ uniform.
namespace variad::internals::relaxation {

/// Whether a variable of the family is one value, that of its second category.
template <class Family>
inline constexpr bool binary = Family::traits.values == support::binary;

/// Numbers in a relaxed row, which is as long as the value.
template <class Family, class T>
std::size_t size_of(const draw_site<Family, T>& site) {
  return site.variables() * (binary<Family> ? 1 : site.categories());
}

/// What is common to the verdicts of estimators that read a relaxed value's derivative.
constexpr verdict accepts(const latent_traits& t, std::string_view reason) {
  if (!t.discrete) return {false, "it relaxes discrete draws; a continuous one can be pathwise"};
  if (!t.differentiable_downstream)
    return {false, "a function without a derivative stands between the draw and the objective"};
  return {true, reason};
}

/// The probes of a draw and of two relaxed values beside it, each weighted: of control variates.
constexpr probe_set draw_and_two_relaxed() {
  return {.values = probe_set::kind::joint,
          .count = 3,
          .role = probe_role::both,
          .form = representation::relaxed,
          .weighted = true};
}

/// The logits of a row, as long as the value.
template <class Family, class T>
void logits(const draw_site<Family, T>& site, std::size_t row, T* out) {
  if constexpr (binary<Family>)
    Family::unit_logits(site.parameters(row), out, site.variables());
  else
    site.logits(row, out);
}

/// The perturbed logits of a row, l + γ or l + logit ρ.
template <class Family, class T>
void perturb(const draw_site<Family, T>& site, std::size_t row, T* out) {
  const std::size_t n = size_of(site);
  T* const l = site.scratch();
  if constexpr (binary<Family>)
    fill_logistic(site.random(row), out, n);
  else
    fill_gumbel(site.random(row), out, n);
  logits(site, row, l);
  for_each_vector<T>(n, [&]<class V>(std::size_t i) {
    store(out + i, V(load_as<V>(out + i) + load_as<V>(l + i)));
  });
}

/// Perturbed logits to relaxed values, in place; `sharpness` is 1/τ.
template <class Family, class T>
void relax(const draw_site<Family, T>& site, T sharpness, T* x) {
  const std::size_t n = size_of(site);
  for_each_vector<T>(n, [&]<class V>(std::size_t i) {
    const V sharp = V(load_as<V>(x + i) * broadcast<V>(sharpness));
    if constexpr (binary<Family>)
      store(x + i, V(math::sigmoid(sharp)));
    else
      store(x + i, sharp);
  });
  if constexpr (!binary<Family>)
    for (std::size_t i = 0; i < n; i += site.categories())
      math::softmax(x + i, x + i, site.categories());
}

/// The adjoint of perturbed logits from that of the relaxed values ζ: sharpness · J seed, with
/// J = ζ (1 − ζ) of a binary variable and diag ζ − ζ ζᵀ of others. J is symmetric, so that it is
/// also the derivative of ζ along a direction of the perturbed logits.
template <class Family, class T>
void to_perturbed_logits(const draw_site<Family, T>& site, T sharpness, const T* zeta,
                         const T* seed, T* out) {
  const std::size_t n = size_of(site), k = site.categories();
  if constexpr (binary<Family>) {
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      const V z = load_as<V>(zeta + i);
      store(out + i,
            V(load_as<V>(seed + i) * z * V(broadcast<V>(T(1)) - z) * broadcast<V>(sharpness)));
    });
  } else {
    for (std::size_t i = 0; i < n; i += k) {
      T mean = 0;
      for (std::size_t j = 0; j < k; ++j) mean += zeta[i + j] * seed[i + j];
      for (std::size_t j = 0; j < k; ++j)
        out[i + j] = sharpness * zeta[i + j] * (seed[i + j] - mean);
    }
  }
}

/// Adds an adjoint of the logits, as long as the value, to a row.
template <class Family, class T>
void add_logits(const draw_site<Family, T>& site, std::size_t row, const T* adjoint) {
  if constexpr (binary<Family>) {
    const parameter_rows<T> p = site.parameters(row);
    site.add(row, [&](const adjoint_rows<T>& to) {
      if (to[0] != nullptr) Family::add_unit_logit_adjoint(adjoint, p, to, site.variables());
    });
  } else {
    site.add_logits(row, adjoint);
  }
}

/// From the adjoint of relaxed values to that of the logits of a row.
template <class Family, class T>
void pull_back(const draw_site<Family, T>& site, std::size_t row, T sharpness, const T* zeta,
               const T* seed) {
  T* const adjoint = site.scratch();
  to_perturbed_logits(site, sharpness, zeta, seed, adjoint);
  add_logits(site, row, static_cast<const T*>(adjoint));
}

/// The relaxed values of all rows at temperature τ, and from their adjoints to those of the logits:
/// what gumbel_softmax and gumbolt do.
template <class Family, class T>
void propose(const draw_site<Family, T>& site, double tau) {
  for (std::size_t row = 0; row < site.rows(); ++row) {
    T* const zeta = site.value(row).data();
    perturb(site, row, zeta);
    relax(site, static_cast<T>(1 / tau), zeta);
  }
}
template <class Family, class T>
void pull_back(const draw_site<Family, T>& site, double tau) {
  for (std::size_t row = 0; row < site.rows(); ++row)
    pull_back<Family, T>(site, row, static_cast<T>(1 / tau), site.value(row).data(),
                         site.adjoint(row).data());
}

/// The hard value of perturbed logits: the largest category.
template <class Family, class T>
void harden(const draw_site<Family, T>& site, const T* perturbed, T* out) {
  const std::size_t k = site.categories();
  for (std::size_t i = 0; i < site.variables(); ++i) {
    if constexpr (binary<Family>) {
      out[i] = perturbed[i] > T(0) ? T(1) : T(0);
    } else {
      const T* const x = perturbed + i * k;
      Family::set_category(out, i, static_cast<std::size_t>(std::max_element(x, x + k) - x), k);
    }
  }
}

}  // namespace variad::internals::relaxation
