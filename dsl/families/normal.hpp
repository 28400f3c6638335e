#pragma once

#include <numbers>

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/runtime/random/normal.hpp>

namespace variad {
namespace families {

/// The normal distribution with a mean and a standard deviation per variable.
struct normal : location_scale<normal> {
  static constexpr std::string_view name = "normal";
  static constexpr family_traits traits{.values = support::real};
  static constexpr std::array<parameter_rule, 2> parameter_rules{
      {{"mean"}, {"scale", parameter_constraint::positive}}};

  using noise = standard_normal;

  /// −½((x − mean)/scale)² − log scale − ½ log 2π
  struct log_prob : ops::summed<3> {
    static constexpr std::string_view name = "normal.log_prob";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      using S = scalar_of<V>;
      const V r = (x[0] - x[1]) / x[2];
      return V(S(-0.5)) * r * r - math::log(x[2]) -
             V(S(0.5) * std::numbers::ln2_v<S> + S(0.5) * std::log(std::numbers::pi_v<S>));
    }
  };

  /// log scale + ½ log 2πe, of (mean, scale)
  struct entropy : ops::summed<2> {
    static constexpr std::string_view name = "normal.entropy";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      using S = scalar_of<V>;
      return math::log(x[1]) +
             V(S(0.5) + S(0.5) * std::numbers::ln2_v<S> + S(0.5) * std::log(std::numbers::pi_v<S>));
    }
  };
};

}  // namespace families

/// KL(N(m₁, s₁) ‖ N(m₂, s₂)) = log s₂/s₁ + (s₁² + (m₁ − m₂)²)/(2 s₂²) − ½
template <>
struct kl_divergence<families::normal, families::normal> : ops::summed<4> {
  static constexpr std::string_view name = "normal.kl";
  template <class V>
  V forward(const std::array<V, 4>& x) const {
    const V inverse = V(1) / x[3], d = (x[0] - x[2]) * inverse, s = x[1] * inverse;
    return V(scalar_of<V>(0.5)) * (s * s + d * d - V(1)) - math::log(s);
  }
};

/// A normal variable with independent components: `normal(0, 1)`, `normal(mean = m, scale = s)`.
template <operand_like M, operand_like S>
constexpr auto normal(const M& m, const S& s) {
  return make_distribution<families::normal>(m, s);
}

/// The parameters by name, in either order.
template <class A, class B>
requires internals::has_argument<internals::mean_tag, A, B> &&
    internals::has_argument<internals::scale_tag, A, B>
constexpr auto normal(const A& a, const B& b) {
  return normal(internals::argument<internals::mean_tag>(a, b),
                internals::argument<internals::scale_tag>(a, b));
}

namespace internals {

template <class... Given>
struct normal_takes {
  static_assert(
      takes<Given...>,
      "normal takes a mean and a scale: normal(m, s), normal(mean = m, scale = s), or, with a "
      "lower Cholesky factor, normal(mean = m, scale_tril = l)");
};

}  // namespace internals

/// Any other arguments are an error that says which it takes.
template <class... A>
constexpr auto normal(const A&...) -> internals::refused<internals::normal_takes, A...> {
  return {};
}

}  // namespace variad
