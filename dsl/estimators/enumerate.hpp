#pragma once

#include <cmath>

#include <variad/dsl/estimators/ancestral.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// The exact gradient by summing over the support. The objective itself is the weighted sum over
/// all joint values, and downstream parameters learn from all of them; where samples are weighed
/// against each other, it is evaluated with each value in the place of the drawn one.
struct enumerate {
  /// Most joint values of one node.
  static constexpr int budget = 256;
  /// Most that the default rule takes, of all draws that are summed, multiplied.
  static constexpr int default_budget = 16;

  static constexpr estimator_traits traits{
      .name = "enumerate", .bias = bias_class::unbiased, .source = "the expectation itself"};

  static constexpr int support(const latent_traits& t) {
    int values = 1;
    for (int i = 0; i < t.variables && values <= budget; ++i) values *= t.categories;
    return values;
  }
  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.discrete) return {false, "a continuous draw cannot be enumerated"};
    if (support(t) > budget) return {false, "more joint values than the budget of 256"};
    return {true, "few joint values"};
  }
  static constexpr verdict preferred(const latent_traits& t) {
    if (!t.discrete || t.summed.draws >= internals::summed_draws::most ||
        t.batch_statistics_downstream)
      return {false, ""};
    return {support(t) * t.summed.values <= default_budget,
            "few joint values: the sum over all of them is exact, and with those of other draws "
            "fits the budget of 16"};
  }
  static constexpr probe_set probes(const latent_traits& t) {
    return {.values = probe_set::kind::joint, .count = support(t), .weighted = !t.weighs_samples};
  }

  /// The p-th joint value: the first variable changes slowest.
  template <class Family, class T>
  static void write(T* out, std::size_t p, std::size_t variables, std::size_t categories) {
    for (std::size_t i = variables; i-- > 0; p /= categories)
      Family::set_category(out, i, p % categories, categories);
  }
  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t, std::size_t p, T* out) const {
    write<Family>(out, p, site.variables(), site.categories());
  }

  /// log q of each joint value from the log-probabilities [variables, categories].
  template <class T>
  static T log_q(const T* log_probabilities, std::size_t p, std::size_t n, std::size_t k) {
    T total = 0;
    for (std::size_t i = n; i-- > 0; p /= k) total += log_probabilities[i * k + p % k];
    return total;
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    if (!weighted(site)) return ancestral{}.propose(site);
    const std::size_t n = site.variables(), k = site.categories();
    T* l = site.scratch();
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const std::size_t p = site.joint_value(row);
      site.logits(row, l);
      for (std::size_t i = 0; i < n; ++i) math::log_softmax(l + i * k, l + i * k, k);
      write<Family>(site.value(row).data(), p, n, k);
      site.probe_weight(row) = math::exp(log_q(l, p, n, k));
    }
  }

  /// ∂ Σ_p q_p c_p / ∂π of value j of variable i = E[c ∣ z_i = j], less the mean c̄ of all, which
  /// keeps large costs from drowning the difference. A value of probability 0 adds nothing to
  /// means, whatever it costs; its own derivative is taken where its cost is finite.
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    const std::size_t count = joint_values(site), per_row = weighted(site) ? 1 : count;
    // `before`: products of the probabilities of the first variables.
    T *const pi = site.scratch(), *const adjoint = pi + n * k, *const before = adjoint + n * k;
    for (std::size_t row = 0; row < site.rows(); row += count / per_row) {
      site.logits(row, pi);
      for (std::size_t i = 0; i < n; ++i) math::softmax(pi + i * k, pi + i * k, k);
      const auto cost = [&](std::size_t p) {
        return per_row == 1 ? site.cost(row + p) : site.cost(row, p);
      };
      T expected = 0;
      for (std::size_t p = 0; p < count; ++p) {
        T q = 1;
        for (std::size_t i = n, left = p; i-- > 0; left /= k) q *= pi[i * k + left % k];
        expected += math::product_or_zero(q, cost(p));
      }
      std::fill_n(adjoint, n * k, T(0));
      for (std::size_t p = 0; p < count; ++p) {
        const T difference = site.weight(row) * (cost(p) - expected);
        before[0] = 1;
        for (std::size_t i = 0, step = count / k; i < n; ++i, step /= k)
          before[i + 1] = before[i] * pi[i * k + p / step % k];
        T after = 1;
        for (std::size_t i = n, left = p; i-- > 0; left /= k) {
          const std::size_t at = i * k + left % k;
          if (pi[at] != T(0) || std::isfinite(difference))
            adjoint[at] += math::product_or_zero(T(before[i] * after), difference);
          after *= pi[at];
        }
      }
      site.add_probabilities(row, adjoint);
    }
  }

 private:
  template <class Family, class T>
  static bool weighted(const draw_site<Family, T>& site) {
    return site.has_probe_weights();
  }
  template <class Family, class T>
  static std::size_t joint_values(const draw_site<Family, T>& site) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < site.variables(); ++i) count *= site.categories();
    return count;
  }
};

}  // namespace variad
