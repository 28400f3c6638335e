#pragma once

#include <limits>

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/ops/sigmoid.hpp>

namespace variad {
namespace families {

using namespace internals;

/// Independent binary variables, 0 or 1, by their probabilities, of which 0 and 1 are ordinary: the
/// impossible value has the log-density −∞. Beyond [0, 1] everything is NaN. Derivatives are finite
/// at 0 and 1: that of the log-density of an impossible value, and those of entropy and divergence
/// there, are what they are at the smallest normal number.
struct bernoulli_by_probs : binary_values {
  static constexpr std::string_view name = "bernoulli";
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::array<parameter_rule, 1> parameter_rules{
      {{"probs", parameter_constraint::probability}}};
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }

  /// `y` where p lies in [0, 1], else NaN.
  template <class V>
  static V where_valid(const V& p, const V& y) {
    const V nan(std::numeric_limits<scalar_of<V>>::quiet_NaN());
    return math::select(p < V(0), nan, math::select(p > V(1), nan, y));
  }
  /// x·log p + (1 − x)·log(1 − p), where what weighs nothing is 0.
  template <class V>
  static V mean_log(const V& x, const V& p) {
    return math::xlogy(x, p) + math::xlog1py(V(V(1) - x), V(-p));
  }
  /// log p − log(1 − p)
  template <class V>
  static V finite_logit(const V& p) {
    return math::finite_log(p) - math::finite_log(V(V(1) - p));
  }
  /// The derivative of mean_log in p.
  template <class V>
  static V slope(const V& x, const V& off, const V& p) {
    return x * math::finite_inverse(p) - off * math::finite_inverse(V(V(1) - p));
  }

  /// x·log p + (1 − x)·log(1 − p), of (x, p)
  struct log_prob : ops::summed<2> {
    static constexpr std::string_view name = "bernoulli.log_prob";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      return where_valid(x[1], mean_log(x[0], x[1]));
    }
  };

  /// −p·log p − (1 − p)·log(1 − p)
  struct entropy : ops::summed<1> {
    static constexpr std::string_view name = "bernoulli.entropy";
    template <class V>
    V forward(const std::array<V, 1>& x) const {
      return -mean_log(x[0], x[0]);
    }
    template <class V>
    std::array<V, 1> derivative(const std::array<V, 1>& x, const V&) const {
      return {-finite_logit(x[0])};
    }
  };

  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    fill_bernoulli_of_probabilities(random, p[0], out, n);
  }
  /// A probability of exactly 0 or 1 gets nothing: no draw tells of the other value.
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const T q = p[0][i], off = T(1) - q;
      if (q != T(0) && off != T(0)) to[0][i] += seed * slope(value[i], T(1) - value[i], q);
    }
  }

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    std::copy_n(p[0], n, out);
  }

  template <class T>
  static void unit_logits(const parameter_rows<T>& p, T* out, std::size_t n) {
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      const V q = load_as<V>(p[0] + i);
      store(out + i, V(math::log(q) - math::log1p(V(-q))));
    });
  }
  template <class T>
  static void add_unit_logit_adjoint(const T* adjoint, const parameter_rows<T>& p,
                                     const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) add_at_logit(adjoint[i], p[0][i], to[0][i]);
  }
  template <class T>
  static void logits(const parameter_rows<T>& p, T* out, std::size_t n) {
    unit_logits(p, out + n, n);
    pair_logits(out, n);
  }
  template <class T>
  static void add_logit_adjoint(const T* adjoint, const parameter_rows<T>& p,
                                const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) add_at_logit(adjoint[2 * i + 1], p[0][i], to[0][i]);
  }
  template <class T>
  static void add_probability_adjoint(const T* adjoint, const parameter_rows<T>&,
                                      const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[0][i] += adjoint[2 * i + 1] - adjoint[2 * i];
  }

 private:
  /// ∂l/∂p = 1/(p (1 − p)); as of the score, nothing at 0 and 1.
  template <class T>
  static void add_at_logit(T adjoint, T p, T& to) {
    const T off = T(1) - p;
    if (p != T(0) && off != T(0)) to += adjoint / p / off;
  }
};

}  // namespace families

/// KL(q ‖ p) by probabilities.
template <>
struct kl_divergence<families::bernoulli_by_probs, families::bernoulli_by_probs> : ops::summed<2> {
  static constexpr std::string_view name = "bernoulli.kl";
  using family = families::bernoulli_by_probs;
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    const V off = V(1) - x[0];
    return family::where_valid(x[1],
                               V((math::xlogy(x[0], x[0]) - math::xlogy(x[0], x[1])) +
                                 (math::xlog1py(off, V(-x[0])) - math::xlog1py(off, V(-x[1])))));
  }
  template <class V>
  std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
    return {family::finite_logit(x[0]) - family::finite_logit(x[1]),
            -family::slope(x[0], V(V(1) - x[0]), x[1])};
  }
};

/// KL(q ‖ σ(b)) of a probability q.
template <>
struct kl_divergence<families::bernoulli_by_probs, families::bernoulli> : ops::summed<2> {
  static constexpr std::string_view name = "bernoulli.kl";
  using family = families::bernoulli_by_probs;
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    const V zero(0), off = V(1) - x[0];
    return family::mean_log(x[0], x[0]) +
           (math::product_or_zero(x[0], math::max(V(-x[1]), zero)) +
            math::product_or_zero(off, math::max(x[1], zero)) + math::softplus_tail(x[1]));
  }
  template <class V>
  std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
    return {family::finite_logit(x[0]) - math::finite_slope(x[1]), math::sigmoid(x[1]) - x[0]};
  }
};

/// KL(σ(a) ‖ p) of a probability p.
template <>
struct kl_divergence<families::bernoulli, families::bernoulli_by_probs> : ops::summed<2> {
  static constexpr std::string_view name = "bernoulli.kl";
  using family = families::bernoulli_by_probs;
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    const families::binary_odds<V> q(x[0]);
    return family::where_valid(
        x[1], V(-(math::xlogy(q.on, x[1]) + math::xlog1py(q.off, V(-x[1]))) - q.entropy(x[0])));
  }
  template <class V>
  std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
    const families::binary_odds<V> q(x[0]);
    return {q.likely * q.rare * (math::finite_slope(x[0]) - family::finite_logit(x[1])),
            -family::slope(q.on, q.off, x[1])};
  }
};

/// Independent binary variables by their probabilities: `bernoulli(probs = p)`. Those that are the
/// sigmoid of an expression are taken by that as logits, in which nothing is lost.
template <class E>
constexpr auto bernoulli(const internals::named_argument<internals::probs_tag, E>& p) {
  return make_distribution<families::bernoulli_by_probs>(p.value);
}
template <class E>
constexpr auto bernoulli(
    const internals::named_argument<internals::probs_tag, expression<ops::sigmoid, E>>& p) {
  return make_distribution<families::bernoulli>(hana::at_c<0>(p.value.args));
}

}  // namespace variad
