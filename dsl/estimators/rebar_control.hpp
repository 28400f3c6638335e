#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/estimators/conditional_relaxation.hpp>

namespace variad::internals {

inline constexpr std::string_view rebar_knob =
    "tau and the weight of the control variate are learnt from the gradient's variance";

/// The control variate of rebar and relax, and what it learns. `Attached` is false in the tests
/// that show what keeping ∂z̃/∂l is worth.
template <bool Attached>
struct rebar_control {
  double tau = 0.5;             ///< temperature at the beginning
  bool learn = true;            ///< temperature and weight, for the least variance
  double learning_rate = 0.01;  ///< of log tau, per step

  static constexpr verdict accepts(const latent_traits& t) {
    return relaxation::accepts(t, "discrete, with its relaxation as a control variate");
  }
  /// The draw, its relaxation, and the relaxation given the draw.
  static constexpr probe_set probes(const latent_traits&) {
    return relaxation::draw_and_two_relaxed();
  }
  /// ∂z̃/∂ log θ, of the third row.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables * t.categories);
  }
  static constexpr std::size_t state(const latent_traits&) { return state_size; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const T sharp = sharpness(site), weight = static_cast<T>(weight_of(site.state()));
    for (std::size_t row = 0; row < site.rows(); row += 3) {
      T *const hard = site.value(row).data(), *const relaxed = site.value(row + 1).data(),
               *const given = site.value(row + 2).data();
      relaxation::perturb(site, row, relaxed);
      relaxation::harden(site, static_cast<const T*>(relaxed), hard);
      relaxation::relax(site, sharp, relaxed);
      conditional_relaxation::draw(site, row, static_cast<const T*>(hard), given,
                                   site.kept(row + 2).data(), 1);
      relaxation::relax(site, sharp, given);
      site.probe_weight(row) = 1;
      site.probe_weight(row + 1) = weight;
      site.probe_weight(row + 2) = -weight;
    }
  }

  template <class T>
  void commit(std::span<T> state, std::span<const T> update) const {
    if (!learn || update[row_count] == T(0)) return;
    const bool above = is_above(std::span<const T>(state));
    for (const std::size_t i : {product, square})
      state[i] = static_cast<T>(0.99) * state[i] + static_cast<T>(0.01) * update[i];
    T& size = state[above ? size_above : size_below];
    size = size == T(0) ? update[square_sum]
                        : static_cast<T>(0.9) * size + static_cast<T>(0.1) * update[square_sum];
    if (state[size_above] > T(0) && state[size_below] > T(0)) {
      const double slope =
          std::log(static_cast<double>(state[size_above] / state[size_below])) / (2 * probe_step);
      const double moved =
          static_cast<double>(state[log_tau]) - learning_rate * std::clamp(slope, -1.0, 1.0);
      state[log_tau] = static_cast<T>(std::clamp(moved, -farthest, farthest));
    }
    state[steps] += T(1);
  }

 protected:
  /// The gradient in the logits of the triple that begins at `row`: f(b) ∂log q(b) in `direct`, and
  /// η (−f(ζ̃) ∂log q(b) + ∂f(ζ)/∂l − ∂f(ζ̃)/∂l) in `control`. The last two come as adjoints of the
  /// rows, with their weights. `p` receives the probabilities; all are as long as the value.
  template <class Family, class T>
  void differentiate(const draw_site<Family, T>& site, std::size_t row, T* p, T* direct, T* control,
                     T* path) const {
    const std::size_t size = relaxation::size_of(site);
    relaxation::logits(site, row, p);
    relaxation::relax(site, T(1), p);
    const T outer = site.weight(row), f = site.cost(row), relaxed = site.cost(row + 2),
            weight = static_cast<T>(weight_of(site.state()));
    for (std::size_t i = 0; i < size; ++i) {
      const T score = site.value(row)[i] - p[i];
      direct[i] = outer * f * score;
      control[i] = -outer * relaxed * score * weight;
    }
    for (const bool given : {false, true}) {
      const std::size_t at = row + (given ? 2 : 1);
      if (!to_logits<Family, T>(site, row, given, site.adjoint(at).data(), p, path)) continue;
      for (std::size_t i = 0; i < size; ++i) control[i] += path[i];
    }
  }
  /// From an adjoint of ζ, or of ζ̃ (`given`), to that of the logits; false where it is detached.
  template <class Family, class T>
  bool to_logits(const draw_site<Family, T>& site, std::size_t row, bool given, const T* seed,
                 const T* p, T* out) const {
    if (given && !Attached) return false;
    const std::size_t at = row + (given ? 2 : 1);
    relaxation::to_perturbed_logits<Family, T>(site, sharpness(site), site.value(at).data(), seed,
                                               out);
    if (given) conditional_relaxation::to_logits<Family, T>(site, site.kept(at).data(), p, out);
    return true;
  }
  template <class Family, class T>
  T sharpness(const draw_site<Family, T>& site) const {
    return static_cast<T>(1 / temperature(site.state()));
  }
  /// Adds to the moments that the weight and the temperature are learnt from.
  template <class Family, class T>
  void observe(const draw_site<Family, T>& site, const T* direct, const T* control) const {
    const T weight = static_cast<T>(weight_of(site.state()));
    const std::span<T> sum = site.update();
    for (std::size_t i = 0; i < relaxation::size_of(site); ++i) {
      const T unit = control[i] / weight;
      sum[product] += direct[i] * unit;
      sum[square] += unit * unit;
      sum[square_sum] += (direct[i] + control[i]) * (direct[i] + control[i]);
    }
    sum[row_count] += T(1);
  }

 private:
  // log τ less that of the beginning; moments of the control variate with the rest of the gradient
  // and with itself; mean squares of the gradient at a temperature above and below; steps.
  static constexpr std::size_t log_tau = 0, product = 1, square = 2, size_above = 3, size_below = 4,
                               steps = 5, state_size = 6;
  // Of the update: as above, but for the gradient's square and the rows.
  static constexpr std::size_t square_sum = 3, row_count = 4;
  /// The temperature alternates between two values this far from it, in log τ.
  static constexpr double probe_step = 0.1;
  /// And it stays within a factor of e³ of that of the beginning.
  static constexpr double farthest = 3;

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
};

}  // namespace variad::internals
