#pragma once

#include <variad/dsl/families/bernoulli_row_differences.hpp>
#include <variad/dsl/families/family.hpp>
#include <variad/dsl/ops/divide.hpp>
#include <variad/dsl/ops/log.hpp>
#include <variad/dsl/ops/subtract.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/dsl/syntax/keyword.hpp>
#include <variad/runtime/random/bernoulli.hpp>

namespace variad {
namespace families {

/// Independent binary variables, 0 or 1, by their logits. For a categorical estimator each is a
/// variable of two categories with logits (0, logit).
struct bernoulli : binary_values {
  static constexpr std::string_view name = "bernoulli";
  static constexpr bool can_sample = true;
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::array<parameter_rule, 1> parameters{{{"logits"}}};
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }

  /// x·l − log(1 + e^l), of (x, l): probabilities are never formed.
  struct log_prob : ops::summed<2> {
    static constexpr std::string_view name = "bernoulli.log_prob";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      return x[0] * x[1] - math::softplus(x[1]);
    }
    template <class V>
    std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
      return {x[1], x[0] - math::sigmoid(x[1])};
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
      return math::softplus(x[0]) - x[0] * math::sigmoid(x[0]);
    }
    template <class V>
    std::array<V, 1> derivative(const std::array<V, 1>& x, const V&) const {
      const V p = math::sigmoid(x[0]);
      return {-x[0] * p * (V(1) - p)};
    }
  };

  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    fill_bernoulli(random, p[0], out, n);
  }
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    pull_back_elements<log_prob, T, 2>({}, n, {value, p[0]}, nullptr, &seed, true,
                                       {nullptr, to[0]});
  }

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    for_each_vector<T>(
        n, [&]<class V>(std::size_t i) { store(out + i, V(math::sigmoid(load_as<V>(p[0] + i)))); });
  }

  template <class T>
  static void logits(const parameter_rows<T>& p, T* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      out[2 * i] = 0;
      out[2 * i + 1] = p[0][i];
    }
  }
  template <class T>
  static void add_logit_adjoint(const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) to[0][i] += adjoint[2 * i + 1];
  }
};

}  // namespace families

/// KL(σ(a) ‖ σ(b)) = σ(a)(a − b) − log(1 + e^a) + log(1 + e^b)
template <>
struct kl_divergence<families::bernoulli, families::bernoulli> : ops::summed<2> {
  static constexpr std::string_view name = "bernoulli.kl";
  template <class V>
  V forward(const std::array<V, 2>& x) const {
    return math::sigmoid(x[0]) * (x[0] - x[1]) - math::softplus(x[0]) + math::softplus(x[1]);
  }
  template <class V>
  std::array<V, 2> derivative(const std::array<V, 2>& x, const V&) const {
    const V p = math::sigmoid(x[0]);
    return {p * (V(1) - p) * (x[0] - x[1]), math::sigmoid(x[1]) - p};
  }
};

/// Independent binary variables, `bernoulli(logits = l)` or `bernoulli(probs = p)`.
template <class E>
constexpr auto bernoulli(const named_argument<keywords::logits_tag, E>& l) {
  return make_distribution<families::bernoulli>(l.value);
}
template <class E>
constexpr auto bernoulli(const named_argument<keywords::probs_tag, E>& p) {
  return make_distribution<families::bernoulli>(log(p.value) - log(1 - p.value));
}

}  // namespace variad
