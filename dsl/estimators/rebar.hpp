#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <variad/dsl/estimators/conditional_relaxation.hpp>
#include <variad/dsl/estimators/estimator.hpp>

namespace variad {

namespace detail {

/// REBAR; `Attached` is false in the test that shows what keeping ∂z̃/∂l is worth.
template <bool Attached>
struct rebar_gradient {
  double tau = 0.5;             ///< temperature at the beginning
  bool learn = true;            ///< temperature and weight, for the least variance
  double learning_rate = 0.01;  ///< of log tau, per step

  static constexpr bias_class bias = bias_class::unbiased;
  static constexpr std::string_view knob =
      "tau and the weight of the control variate are learnt from the gradient's variance";

  static constexpr verdict accepts(const latent_traits& t) {
    return relaxation::accepts(t, "discrete, with its relaxation as a control variate");
  }
  /// The draw, its relaxation, and the relaxation given the draw.
  static constexpr probe_set probes(const latent_traits&) {
    return {.values = probe_set::kind::joint,
            .count = 3,
            .role = probe_role::both,
            .form = representation::relaxed,
            .weighted = true};
  }
  /// ∂z̃/∂ log θ, of the third row.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables * t.categories);
  }
  static constexpr std::size_t state(const latent_traits&) { return state_size; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const T sharpness = static_cast<T>(1 / temperature(site.state())),
            weight = static_cast<T>(weight_of(site.state()));
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      T *const hard = site.value(row).data(), *const relaxed = site.value(row + 1).data(),
               *const given = site.value(row + 2).data();
      relaxation::perturb(site, row, relaxed);
      relaxation::harden(site, static_cast<const T*>(relaxed), hard);
      relaxation::relax(site, sharpness, relaxed);
      conditional_relaxation::draw(site, row, static_cast<const T*>(hard), given,
                                   site.kept(row + 2).data(), 1);
      relaxation::relax(site, sharpness, given);
      site.probe_weight(row) = 1;
      site.probe_weight(row + 1) = weight;
      site.probe_weight(row + 2) = -weight;
    }
  }

  /// f(b) ∂log q(b) + η (−f(ζ̃) ∂log q(b) + ∂f(ζ)/∂l − ∂f(ζ̃)/∂l). The last two come as adjoints of
  /// the rows, with their weights.
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t size = relaxation::size_of(site);
    const T sharpness = static_cast<T>(1 / temperature(site.state())),
            weight = static_cast<T>(weight_of(site.state()));
    T *const p = site.scratch(), *const direct = p + size, *const control = direct + size,
             *const path = control + size;
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      relaxation::logits(site, row, p);
      relaxation::relax(site, T(1), p);
      const T outer = site.weight(row), f = site.cost(row), relaxed = site.cost(row + 2);
      for (std::size_t i = 0; i < size; ++i) {
        const T score = site.value(row)[i] - p[i];
        direct[i] = outer * f * score;
        control[i] = -outer * relaxed * score * weight;
      }
      const auto add_path = [&](std::size_t at, bool given) {
        relaxation::to_perturbed_logits<Family, T>(site, sharpness, site.value(at).data(),
                                                   site.adjoint(at).data(), path);
        if (given)
          conditional_relaxation::to_logits<Family, T>(site, site.kept(at).data(), p, path);
        for (std::size_t i = 0; i < size; ++i) control[i] += path[i];
      };
      add_path(row + 1, false);
      if (Attached) add_path(row + 2, true);
      observe(site, direct, control, weight, size);
      for (std::size_t i = 0; i < size; ++i) direct[i] += control[i];
      relaxation::add_logits<Family, T>(site, row, direct);
    }
  }

  template <class T>
  void commit(std::span<T> state, std::span<const T> update) const {
    if (!learn || update[count] == T(0)) return;
    const bool above = is_above(std::span<const T>(state));
    for (const std::size_t i : {product, square})
      state[i] = static_cast<T>(0.99) * state[i] + static_cast<T>(0.01) * update[i];
    T& size = state[above ? size_above : size_below];
    size = size == T(0) ? update[square_sum]
                        : static_cast<T>(0.9) * size + static_cast<T>(0.1) * update[square_sum];
    if (state[size_above] > T(0) && state[size_below] > T(0)) {
      const double slope =
          std::log(static_cast<double>(state[size_above] / state[size_below])) / (2 * probe_step);
      state[log_tau] -= static_cast<T>(learning_rate * std::clamp(slope, -1.0, 1.0));
    }
    state[steps] += T(1);
  }

 private:
  // log τ less that of the beginning; moments of the control variate with the rest of the gradient
  // and with itself; mean squares of the gradient at a temperature above and below; steps.
  static constexpr std::size_t log_tau = 0, product = 1, square = 2, size_above = 3, size_below = 4,
                               steps = 5, state_size = 6;
  // Of the update: as above, but for the gradient's square and the rows.
  static constexpr std::size_t square_sum = 3, count = 4;
  /// The temperature alternates between two values this far from it, in log τ.
  static constexpr double probe_step = 0.1;

  template <class T>
  static bool is_above(std::span<const T> state) {
    return std::fmod(static_cast<double>(state[steps]), 2.0) == 0.0;
  }
  template <class T>
  double temperature(std::span<const T> state) const {
    if (!learn) return tau;
    return tau * std::exp(static_cast<double>(state[log_tau]) +
                          (is_above(state) ? probe_step : -probe_step));
  }
  /// −E[direct · control] / E[control²], of earlier steps: where the variance is least. Above zero,
  /// since the control variate is measured in its weighted rows, and with a bound for early steps.
  template <class T>
  double weight_of(std::span<const T> state) const {
    if (!learn || !(state[square] > T(0))) return 1;
    const double best = -static_cast<double>(state[product] / state[square]);
    return std::clamp(best, 0.05, 2.0);
  }

  template <class Family, class T>
  static void observe(const draw_site<Family, T>& site, const T* direct, const T* control, T weight,
                      std::size_t size) {
    const std::span<T> sum = site.update();
    for (std::size_t i = 0; i < size; ++i) {
      const T unit = control[i] / weight;
      sum[product] += direct[i] * unit;
      sum[square] += unit * unit;
      sum[square_sum] += (direct[i] + control[i]) * (direct[i] + control[i]);
    }
    sum[count] += T(1);
  }
};

}  // namespace detail

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
struct rebar : detail::rebar_gradient<true> {
  static constexpr std::string_view name() { return "rebar"; }
  static constexpr std::string_view source = "Tucker and others 2017";
};

}  // namespace variad
