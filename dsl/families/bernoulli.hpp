#pragma once

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/families/bernoulli_row_differences.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/dsl/syntax/keyword.hpp>
#include <variad/runtime/random/bernoulli.hpp>

namespace variad {
namespace families {

using namespace internals;

/// The probabilities of both values by a logit l, without cancellation: σ(|l|) and σ(−|l|), which
/// of them is that of 1, and what log(1 + e^l) has above max(l, 0). An infinite logit is a certain
/// value.
template <class V>
struct binary_odds {
  V size, likely, rare, on, off;

  explicit binary_odds(const V& l) : size(math::abs(l)) {
    const V e = math::exp(-size);
    likely = V(1) / (V(1) + e);
    rare = e * likely;
    const auto one = l > V(0);
    on = math::select(one, likely, rare);
    off = math::select(one, rare, likely);
  }
  /// −Σ π log π
  V entropy(const V& l) const { return math::product_or_zero(rare, size) + math::softplus_tail(l); }
};

/// Independent binary variables, 0 or 1, by their logits. For a categorical estimator each is a
/// variable of two categories with logits (0, logit). A logit of ±∞ is a certain value.
struct bernoulli : binary_values {
  static constexpr std::string_view name = "bernoulli";
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::array<parameter_rule, 1> parameter_rules{{{"logits"}}};
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }

  /// x·l − log(1 + e^l), of (x, l): probabilities are never formed. Of x = 1 it is
  /// −log(1 + e^−l), without the difference of two large numbers.
  struct log_prob : ops::summed<2> {
    static constexpr std::string_view name = "bernoulli.log_prob";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      const V against = math::select(x[1] > V(0), V(V(1) - x[0]), x[0]);
      return -math::product_or_zero(against, math::abs(x[1])) - math::softplus_tail(x[1]);
    }
    template <class V>
    std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
      return {math::finite_slope(x[1]), x[0] - math::sigmoid(x[1])};
    }
    template <class T>
    static void row_differences(const row_difference_call<T>& call) {
      bernoulli_row_differences(call);
    }
  };

  /// log(1 + e^l) − l·σ(l)
  struct entropy : ops::summed<1> {
    static constexpr std::string_view name = "bernoulli.entropy";
    template <class V>
    V forward(const std::array<V, 1>& x) const {
      return binary_odds<V>(x[0]).entropy(x[0]);
    }
    template <class V>
    std::array<V, 1> derivative(const std::array<V, 1>& x, const V&) const {
      const binary_odds<V> q(x[0]);
      return {-math::finite_slope(x[0]) * q.likely * q.rare};
    }
  };

  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    fill_bernoulli(random, p[0], out, n);
  }
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    pull_back_elements<0b10, log_prob, T, 2>({}, n, {value, p[0]}, nullptr, &seed, true,
                                             {nullptr, to[0]});
  }

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    for_each_vector<T>(
        n, [&]<class V>(std::size_t i) { store(out + i, V(math::sigmoid(load_as<V>(p[0] + i)))); });
  }

  template <class T>
  static void unit_logits(const parameter_rows<T>& p, T* out, std::size_t n) {
    std::copy_n(p[0], n, out);
  }
  template <class T>
  static void add_unit_logit_adjoint(const T* adjoint, const parameter_rows<T>&,
                                     const adjoint_rows<T>& to, std::size_t n) {
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(to[0] + i, V(load_as<V>(to[0] + i) + load_as<V>(adjoint + i)));
    });
  }
  template <class T>
  static void logits(const parameter_rows<T>& p, T* out, std::size_t n) {
    unit_logits(p, out + n, n);
    pair_logits(out, n);
  }
  template <class T>
  static void add_logit_adjoint(const T* adjoint, const parameter_rows<T>&,
                                const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[0][i] += adjoint[2 * i + 1];
  }
  template <class T>
  static void add_probability_adjoint(const T* adjoint, const parameter_rows<T>& p,
                                      const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const binary_odds<T> q(p[0][i]);
      to[0][i] += q.likely * q.rare * (adjoint[2 * i + 1] - adjoint[2 * i]);
    }
  }
};

}  // namespace families

/// KL(σ(a) ‖ σ(b)) = σ(a)(a − b) − log(1 + e^a) + log(1 + e^b), where the differences of a and b
/// are taken of what weighs little: σ(a)(b⁻ − a⁻) + σ(−a)(b⁺ − a⁺) and the rest of both logarithms.
template <>
struct kl_divergence<families::bernoulli, families::bernoulli> : ops::summed<2> {
  static constexpr std::string_view name = "bernoulli.kl";
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    const families::binary_odds<V> q(x[0]);
    const V zero(0), below = math::max(V(-x[1]), zero) - math::max(V(-x[0]), zero),
                     above = math::max(x[1], zero) - math::max(x[0], zero);
    return math::product_or_zero(q.on, below) + math::product_or_zero(q.off, above) +
           (math::softplus_tail(x[1]) - math::softplus_tail(x[0]));
  }
  template <class V>
  std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
    const families::binary_odds<V> q(x[0]);
    return {q.likely * q.rare * (math::finite_slope(x[0]) - math::finite_slope(x[1])),
            math::sigmoid(x[1]) - q.on};
  }
};

/// Independent binary variables by their logits: `bernoulli(logits = l)`.
template <class E>
constexpr auto bernoulli(const internals::named_argument<internals::logits_tag, E>& l) {
  return make_distribution<families::bernoulli>(l.value);
}

namespace internals {

template <class... Given>
struct bernoulli_takes {
  static_assert(takes<Given...>,
                "bernoulli takes one parameter by its name: bernoulli(logits = l), or "
                "bernoulli(probs = p)");
};

}  // namespace internals

/// Any other arguments are an error that says which it takes.
template <class... A>
constexpr auto bernoulli(const A&...) -> internals::refused<internals::bernoulli_takes, A...> {
  return {};
}

}  // namespace variad
