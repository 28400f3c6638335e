#pragma once

#include <variad/dsl/estimators/rebar_control.hpp>

namespace variad {

namespace internals {

template <bool Attached>
struct rebar_gradient : rebar_control<Attached> {
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t size = relaxation::size_of(site);
    T *const p = site.scratch(), *const direct = p + size, *const control = direct + size,
             *const path = control + size;
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      this->differentiate(site, row, p, direct, control, path);
      this->observe(site, direct, control);
      for (std::size_t i = 0; i < size; ++i) direct[i] += control[i];
      relaxation::add_logits<Family, T>(site, row, direct);
    }
  }
};

}  // namespace internals

/// REBAR (Tucker, Mnih, Maddison, Lawson and Sohl-Dickstein 2017): the score function of a hard
/// draw b with the same objective at relaxed values as a control variate,
///
///     (f(b) − η f(ζ̃)) ∂log q(b) + η (∂f(ζ)/∂l − ∂f(ζ̃)/∂l),
///
/// where ζ is the relaxation whose hardening is b and ζ̃ one drawn anew given b, as a function of
/// the logits too. Unbiased for any η and τ. η is the ratio of running moments that makes the
/// variance least; τ alternates between two neighbouring values and moves towards the one with the
/// smaller mean square of the gradient in the logits. Both are of earlier steps, so that nothing is
/// biased. Everything downstream learns from f(b) + η (f(ζ) − f(ζ̃)), whose expectation is that of
/// f(b).
struct rebar : internals::rebar_gradient<true> {
  static constexpr estimator_traits traits{.name = "rebar",
                                           .bias = bias_class::unbiased,
                                           .source = "Tucker and others 2017",
                                           .knob = internals::rebar_knob};
};

}  // namespace variad
