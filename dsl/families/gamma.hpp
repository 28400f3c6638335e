#pragma once

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/runtime/random/gamma.hpp>

namespace variad {
namespace families {

/// The gamma distribution of positive numbers with a concentration (a shape) and a rate per
/// variable. No map of noise gives its draws with a derivative in the concentration, since they are
/// rejected: latents of it take score_function and the like, not pathwise.
struct gamma : elementwise_family<gamma, 2> {
  static constexpr std::string_view name = "gamma";
  static constexpr family_traits traits{.values = support::positive};
  static constexpr std::array<parameter_rule, 2> parameter_rules{
      {{"concentration", parameter_constraint::positive},
       {"rate", parameter_constraint::positive}}};

  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    fill_gamma(random, p[0], out, n);
    for (std::size_t i = 0; i < n; ++i) out[i] /= p[1][i];
  }
  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) out[i] = p[0][i] / p[1][i];
  }

  /// a log b + (a − 1) log x − b x − log Γ(a), of (x, a, b)
  struct log_prob : ops::summed<3> {
    static constexpr std::string_view name = "gamma.log_prob";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      return x[1] * math::log(x[2]) + math::xlogy(V(x[1] - V(1)), x[0]) - x[2] * x[0] -
             math::lgamma(x[1]);
    }
  };
  /// a − log b + log Γ(a) + (1 − a) ψ(a), of (a, b)
  struct entropy : ops::summed<2> {
    static constexpr std::string_view name = "gamma.entropy";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      return x[0] - math::log(x[1]) + math::lgamma(x[0]) + (V(1) - x[0]) * math::digamma(x[0]);
    }
  };
};

}  // namespace families

/// (a₁ − a₂) ψ(a₁) − log Γ(a₁) + log Γ(a₂) + a₂ log b₁/b₂ + a₁ (b₂ − b₁)/b₁
template <>
struct kl_divergence<families::gamma, families::gamma> : ops::summed<4> {
  static constexpr std::string_view name = "gamma.kl";
  template <class V>
  V forward(const std::array<V, 4>& x) const {
    return (x[0] - x[2]) * math::digamma(x[0]) - math::lgamma(x[0]) + math::lgamma(x[2]) +
           x[2] * math::log(V(x[1] / x[3])) + x[0] * (x[3] - x[1]) / x[1];
  }
};

/// Positive variables: `gamma(2, 0.5)`, `gamma(concentration = a, rate = b)`.
template <operand_like A, operand_like B>
constexpr auto gamma(const A& a, const B& b) {
  return make_distribution<families::gamma>(a, b);
}
/// The parameters by name, in either order.
template <class A, class B>
requires internals::has_argument<internals::concentration_tag, A, B> &&
    internals::has_argument<internals::rate_tag, A, B>
constexpr auto gamma(const A& a, const B& b) {
  return gamma(internals::argument<internals::concentration_tag>(a, b),
               internals::argument<internals::rate_tag>(a, b));
}

namespace internals {

template <class... Given>
struct gamma_takes {
  static_assert(takes<Given...>,
                "gamma takes a concentration and a rate, one over a scale: gamma(a, b), or "
                "gamma(concentration = a, rate = b)");
};

}  // namespace internals

/// Any other arguments are an error that says which it takes.
template <class... A>
constexpr auto gamma(const A&...) -> internals::refused<internals::gamma_takes, A...> {
  return {};
}

}  // namespace variad
