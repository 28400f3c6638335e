#pragma once

#include <numbers>

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/runtime/random/laplace.hpp>

namespace variad {
namespace families {

/// The Laplace distribution with a location and a scale per variable.
struct laplace : location_scale<laplace> {
  static constexpr std::string_view name = "laplace";
  static constexpr family_traits traits{.values = support::real};
  static constexpr std::array<parameter_rule, 2> parameter_rules{
      {{"loc"}, {"scale", parameter_constraint::positive}}};

  using noise = standard_laplace;

  /// −|x − loc|/scale − log 2·scale. At the centre, where it has no derivative in x and loc, that
  /// is 0: the middle of those on both sides.
  struct log_prob : ops::summed<3> {
    static constexpr std::string_view name = "laplace.log_prob";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      return -math::abs(V(x[0] - x[1])) / x[2] - math::log(V(x[2] + x[2]));
    }
  };

  /// 1 + log 2·scale, of (loc, scale)
  struct entropy : ops::summed<2> {
    static constexpr std::string_view name = "laplace.entropy";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      return V(1) + math::log(V(x[1] + x[1]));
    }
  };
};

}  // namespace families

/// KL(L(m₁, b₁) ‖ L(m₂, b₂)) = log b₂/b₁ + (b₁ e^(−|m₁−m₂|/b₁) + |m₁−m₂|)/b₂ − 1
template <>
struct kl_divergence<families::laplace, families::laplace> : ops::summed<4> {
  static constexpr std::string_view name = "laplace.kl";
  template <class V>
  V forward(const std::array<V, 4>& x) const {
    const V d = math::abs(V(x[0] - x[2]));
    return math::log(V(x[3] / x[1])) + (x[1] * math::exp(V(-d / x[1])) + d) / x[3] - V(1);
  }
  /// Its own for the sake of locations that nearly agree, where the derived one has 1 − e^−d.
  template <class V>
  std::array<V, 4> derivative(const std::array<V, 4>& x, const V&) const {
    const V difference = x[0] - x[2], d = math::abs(difference), e = math::exp(V(-d / x[1]));
    const V rise = -math::expm1(V(-d / x[1])) / x[3];  // 0 at equal locations
    const V in_mean = math::select(difference > V(0), rise, V(-rise));
    return {in_mean, (e * (V(1) + d / x[1])) / x[3] - V(1) / x[1], -in_mean,
            (V(1) - (x[1] * e + d) / x[3]) / x[3]};
  }
};

/// A Laplace variable with independent components: `laplace(0, 1)`.
template <operand_like M, operand_like S>
constexpr auto laplace(const M& m, const S& s) {
  return make_distribution<families::laplace>(m, s);
}

/// The parameters by name, in either order.
template <class A, class B>
requires internals::has_argument<internals::loc_tag, A, B> &&
    internals::has_argument<internals::scale_tag, A, B>
constexpr auto laplace(const A& a, const B& b) {
  return laplace(internals::argument<internals::loc_tag>(a, b),
                 internals::argument<internals::scale_tag>(a, b));
}

namespace internals {

template <class... Given>
struct laplace_takes {
  static_assert(
      takes<Given...>,
      "laplace takes a location and a scale: laplace(m, s), or laplace(loc = m, scale = s)");
};

}  // namespace internals

/// Any other arguments are an error that says which it takes.
template <class... A>
constexpr auto laplace(const A&...) -> internals::refused<internals::laplace_takes, A...> {
  return {};
}

}  // namespace variad
