#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/dsl/ops/drawn_value.hpp>
#include <variad/dsl/syntax/literal.hpp>

namespace variad {

namespace internals {

/// NVIL; `Normalize` says whether learning signals are divided by their deviation.
template <class Baseline, bool Normalize>
struct nvil_gradient {
  Baseline network{};   ///< a number per row, of what is stated before the draw
  double decay = 0.99;  ///< of the running moments of the signal

  static constexpr verdict accepts(const latent_traits&) {
    if (reads_drawn_value<Baseline>)
      return {false, "a baseline that reads the draw itself, drawn_value, would bias it"};
    return {true, "any density, with a baseline that is learnt"};
  }
  static constexpr probe_set probes(const latent_traits&) { return {}; }
  static constexpr std::size_t state(const latent_traits&) { return 3; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const T scale = Normalize && site.state()[steps] > T(0)
                        ? T(1) / std::max(T(1), std::sqrt(site.state()[square]))
                        : T(1);
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const T error = site.cost(row) - site.state()[mean] - site.network(row);
      site.add_to_network(row, site.weight(row) * error);
      site.update()[mean] += site.cost(row) - site.network(row);
      site.update()[square] += error * error;
      site.update()[steps] += T(1);
      site.add_score(row, site.weight(row) * error * scale);
    }
  }

  /// state = [mean of cost − baseline, mean square of what is left, steps seen].
  template <class T>
  void commit(std::span<T> state, std::span<const T> update) const {
    const T rows = update[steps];
    if (rows == T(0)) return;
    const T keep = state[steps] == T(0) ? T(0) : static_cast<T>(decay);
    state[mean] = keep * state[mean] + (1 - keep) * update[mean] / rows;
    state[square] = keep * state[square] + (1 - keep) * update[square] / rows;
    state[steps] += T(1);
  }

 private:
  static constexpr std::size_t mean = 0, square = 1, steps = 2;
};

}  // namespace internals

/// Neural variational inference and learning (Mnih and Gregor 2014): the score function of the cost
/// l less an input-dependent baseline C(x) and its running mean c,
///
///     (l − c − C(x)) ∂ log q,
///
/// where C is an expression of the user's with any ops, in names that are stated before the draw,
/// and learns from (l − c − C(x))² / 2 with the optimizer of the program. Whatever it reads is held
/// fixed.
///
///     z = ~bernoulli(logits = ...).by(nvil(dense<1>(tanh(dense<100>(x)))))
///
/// `normalized()` also divides the signal by its running deviation where that is above one, as the
/// paper does: the estimate is then of the gradient over a factor, and counts as biased beside
/// terms with gradients of their own.
template <class Baseline = expression<ops::literal>>
struct nvil : internals::nvil_gradient<Baseline, false> {
  constexpr nvil() = default;
  template <dsl_term E>
  constexpr explicit nvil(const E& baseline)
      : internals::nvil_gradient<Baseline, false>{as_expression(baseline)} {}

  static constexpr estimator_traits traits{
      .name = "nvil", .bias = bias_class::unbiased, .source = "Mnih and Gregor 2014"};

  /// With signals over their deviation.
  struct normalized_signal : internals::nvil_gradient<Baseline, true> {
    static constexpr estimator_traits traits{
        .name = "nvil(normalized)", .bias = bias_class::biased, .source = "Mnih and Gregor 2014"};
  };
  constexpr normalized_signal normalized() const { return {{this->network, this->decay}}; }
};
template <dsl_term E>
nvil(const E&) -> nvil<expression_of<E>>;

}  // namespace variad
