#pragma once

#include <variad/dsl/estimators/rebar_control.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/drawn_value.hpp>
#include <variad/dsl/ops/tanh.hpp>

namespace variad {

namespace internals {

template <bool Attached, class Surrogate>
struct relax_gradient : rebar_control<Attached> {
  Surrogate network{};  ///< r(ζ): a number per row, of `drawn_value` and of what is stated before

  static constexpr verdict accepts(const latent_traits& t) {
    if (!reads_drawn_value<Surrogate>)
      return {false, "its surrogate must read drawn_value: nvil takes a baseline without it"};
    return rebar_control<Attached>::accepts(t);
  }

  /// Of r(ζ) − r(ζ̃), for its derivative in both; r at the hard value is not asked for.
  template <class Family, class T>
  void seed_network(const draw_site<Family, T>& site) const {
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      site.add_to_network(row + 1, T(1));
      site.add_to_network(row + 2, T(-1));
    }
  }

  /// g = direct + control + (−r(ζ̃) ∂log q(b) + ∂r(ζ)/∂l − ∂r(ζ̃)/∂l). The surrogate ascends −|g|²,
  /// by v · ∂g/∂φ with v = −2 g: along v in ζ and ζ̃, and as r(ζ̃) counts in the score's factor.
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t size = relaxation::size_of(site);
    T *const p = site.scratch(), *const direct = p + size, *const control = direct + size,
             *const path = control + size;
    const T sharp = this->sharpness(site);
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      const T outer = site.weight(row), r = site.network(row + 2);
      this->differentiate(site, row, p, direct, control, path);
      for (std::size_t j = 0; j < size; ++j) direct[j] -= outer * r * (site.value(row)[j] - p[j]);
      for (const bool given : {false, true}) {
        const T* const seed = site.network_adjoint(row + (given ? 2 : 1)).data();
        if (!this->to_logits(site, row, given, seed, p, path)) continue;
        for (std::size_t j = 0; j < size; ++j) direct[j] += outer * path[j];
      }
      this->observe(site, direct, control);
      for (std::size_t j = 0; j < size; ++j) direct[j] += control[j];
      relaxation::add_logits<Family, T>(site, row, direct);

      T along_score = 0;
      for (std::size_t j = 0; j < size; ++j) {
        control[j] = -2 * direct[j];
        along_score += control[j] * (site.value(row)[j] - p[j]);
      }
      relaxation::to_perturbed_logits<Family, T>(site, sharp, site.value(row + 1).data(), control,
                                                 site.direction(row + 1).data());
      conditional_relaxation::along_logits<Family, T>(site, site.kept(row + 2).data(), p, control,
                                                      path);
      relaxation::to_perturbed_logits<Family, T>(site, sharp, site.value(row + 2).data(), path,
                                                 site.direction(row + 2).data());
      site.add_extra(row + 2, -along_score);
    }
  }
};

constexpr auto default_network() { return dense<1>(variad::tanh(dense<64>(drawn_value))); }
using default_surrogate = decltype(default_network());

}  // namespace internals

/// RELAX (Grathwohl, Choi, Wu, Roeder and Duvenaud 2018): rebar with a free-form surrogate r(ζ) in
/// the control variate beside the relaxed objective,
///
///     ĝ = rebar − r(ζ̃) ∂log q(b) + ∂r(ζ)/∂l − ∂r(ζ̃)/∂l,
///
/// an expression of the user's in `drawn_value`, the relaxed draw, and in names that are stated
/// before it. `drawn_value` goes through ops that can be differentiated twice: dense layers,
/// elementwise ops and linear ones, such as sum and concat; the rest takes any. Unbiased for any r.
/// Its parameters φ descend |ĝ|² in the logits, in the mean over rows, whose expectation has the
/// gradient of the variance: ∂|ĝ|²/∂φ = 2 ĝ · ∂ĝ/∂φ, where ĝ holds the derivative of r, so that its
/// network is differentiated twice (surrogate_pass.hpp). The optimizer is the program's.
///
///     z = ~categorical<10>(logits = ...).by(relax(dense<1>(tanh(dense<100>(drawn_value)))))
template <class Surrogate = internals::default_surrogate>
struct relax : internals::relax_gradient<true, Surrogate> {
  constexpr relax() requires std::is_same_v<Surrogate, internals::default_surrogate>
      : internals::relax_gradient<true, Surrogate>{{}, internals::default_network()} {}
  template <dsl_term E>
  constexpr explicit relax(const E& surrogate)
      : internals::relax_gradient<true, Surrogate>{{}, as_expression(surrogate)} {}

  static constexpr estimator_traits traits{.name = "relax",
                                           .bias = bias_class::unbiased,
                                           .source = "Grathwohl and others 2018",
                                           .knob = internals::rebar_knob};
};
template <dsl_term E>
relax(const E&) -> relax<expression_of<E>>;
relax()->relax<>;

}  // namespace variad
