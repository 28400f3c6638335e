#pragma once

#include <variad/dsl/families/normal.hpp>

namespace variad {
namespace families {

/// The exponential of a normal variable; mean and scale are those of the logarithm.
struct log_normal : location_scale<log_normal> {
  static constexpr std::string_view name = "log_normal";
  static constexpr family_traits traits{.values = support::positive};
  static constexpr auto parameter_rules = normal::parameter_rules;

  using noise = standard_normal;

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) out[i] = math::exp(p[0][i] + T(0.5) * p[1][i] * p[1][i]);
  }

  /// e^(mean + scale·noise)
  struct transformed : ops::elementwise<3> {
    static constexpr std::string_view name = "log_normal.transform";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      return math::exp(x[1] + x[2] * x[0]);
    }
    template <class V>
    std::array<V, 3> derivative(const std::array<V, 3>& x, const V& y) const {
      return {y * x[2], y, y * x[0]};
    }
  };

  /// The normal log-density of log x, less log x.
  struct log_prob : ops::summed<3> {
    static constexpr std::string_view name = "log_normal.log_prob";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      const V l = math::log(x[0]);
      return normal::log_prob{}.forward(std::array<V, 3>{l, x[1], x[2]}) - l;
    }
  };

  /// The normal entropy plus the mean.
  struct entropy : ops::summed<2> {
    static constexpr std::string_view name = "log_normal.entropy";
    template <class V>
    V forward(const std::array<V, 2>& x) const {
      return normal::entropy{}.forward(x) + x[0];
    }
  };
};

}  // namespace families

/// The divergence does not change under the exponential: it is that of the normal variables.
template <>
struct kl_divergence<families::log_normal, families::log_normal>
    : kl_divergence<families::normal, families::normal> {
  static constexpr std::string_view name = "log_normal.kl";
};

/// e^x of a normal x: `log_normal(0, 1)`, `log_normal(mean = m, scale = s)`.
template <operand_like M, operand_like S>
constexpr auto log_normal(const M& m, const S& s) {
  return make_distribution<families::log_normal>(m, s);
}

/// The parameters by name, in either order.
template <class A, class B>
requires internals::has_argument<internals::mean_tag, A, B> &&
    internals::has_argument<internals::scale_tag, A, B>
constexpr auto log_normal(const A& a, const B& b) {
  return log_normal(internals::argument<internals::mean_tag>(a, b),
                    internals::argument<internals::scale_tag>(a, b));
}

namespace internals {

template <class... Given>
struct log_normal_takes {
  static_assert(takes<Given...>,
                "log_normal takes a mean and a scale, of the logarithm: log_normal(m, s), or "
                "log_normal(mean = m, scale = s)");
};

}  // namespace internals

/// Any other arguments are an error that says which it takes.
template <class... A>
constexpr auto log_normal(const A&...) -> internals::refused<internals::log_normal_takes, A...> {
  return {};
}

}  // namespace variad
