#pragma once

#include <array>

#include <variad/dsl/families/list.hpp>
#include <variad/dsl/ops/list.hpp>

/// Partial derivatives worked out on paper, of the ops whose rules the library derives:
/// `by_hand<Op>::partials(x, y)` of y = forward(x), with as little arithmetic as can be.
namespace rules_by_hand {

using namespace variad;

template <class Op>
struct by_hand;

template <>
struct by_hand<ops::add> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>&, const V&) {
    return {V(1), V(1)};
  }
};
template <>
struct by_hand<ops::subtract> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>&, const V&) {
    return {V(1), V(-1)};
  }
};
template <>
struct by_hand<ops::multiply> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V&) {
    return {x[1], x[0]};
  }
};
template <>
struct by_hand<ops::divide> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V& y) {
    return {V(1) / x[1], -y / x[1]};
  }
};
template <>
struct by_hand<ops::pow> {  // of a positive base
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V& y) {
    return {x[1] * y / x[0], y * math::log(x[0])};
  }
};
template <>
struct by_hand<ops::negate> {
  template <class V>
  static std::array<V, 1> partials(const std::array<V, 1>&, const V&) {
    return {V(-1)};
  }
};
template <>
struct by_hand<ops::square> {
  template <class V>
  static std::array<V, 1> partials(const std::array<V, 1>& x, const V&) {
    return {x[0] + x[0]};
  }
};
template <>
struct by_hand<ops::softplus> {
  template <class V>
  static std::array<V, 1> partials(const std::array<V, 1>& x, const V&) {
    return {math::sigmoid(x[0])};
  }
};
template <>
struct by_hand<ops::relu> {
  template <class V>
  static std::array<V, 1> partials(const std::array<V, 1>& x, const V&) {
    return {math::select(x[0] > V(0), V(1), V(0))};
  }
};
template <>
struct by_hand<ops::leaky_relu> {
  template <class V>
  static std::array<V, 1> partials(const std::array<V, 1>& x, const V&) {
    return {math::select(x[0] > V(0), V(1), V(static_cast<scalar_of<V>>(0.01)))};
  }
};
template <>
struct by_hand<ops::select> {
  template <class V>
  static std::array<V, 3> partials(const std::array<V, 3>& x, const V&) {
    const auto chosen = x[0] > V(0);
    return {V(0), math::select(chosen, V(1), V(0)), math::select(chosen, V(0), V(1))};
  }
};

template <>
struct by_hand<families::normal::transformed> {
  template <class V>
  static std::array<V, 3> partials(const std::array<V, 3>& x, const V&) {
    return {x[2], V(1), x[0]};
  }
};
template <>
struct by_hand<families::normal::log_prob> {
  template <class V>
  static std::array<V, 3> partials(const std::array<V, 3>& x, const V&) {
    const V inverse = V(1) / x[2], r = (x[0] - x[1]) * inverse;
    return {-r * inverse, r * inverse, (r * r - V(1)) * inverse};
  }
};
template <>
struct by_hand<families::normal::entropy> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V&) {
    return {V(0), V(1) / x[1]};
  }
};
template <>
struct by_hand<kl_divergence<families::normal, families::normal>> {
  template <class V>
  static std::array<V, 4> partials(const std::array<V, 4>& x, const V&) {
    const V inverse = V(1) / x[3], d = (x[0] - x[2]) * inverse, s = x[1] * inverse;
    return {d * inverse, s * inverse - V(1) / x[1], -d * inverse, (V(1) - s * s - d * d) * inverse};
  }
};

template <>
struct by_hand<families::laplace::transformed> : by_hand<families::normal::transformed> {};
template <>
struct by_hand<families::laplace::log_prob> {
  template <class V>
  static std::array<V, 3> partials(const std::array<V, 3>& x, const V&) {
    const V inverse = V(1) / x[2], d = x[0] - x[1];
    const V slope = math::select(d > V(0), inverse, math::select(d < V(0), V(-inverse), V(0)));
    return {-slope, slope, (math::abs(d) * inverse - V(1)) * inverse};
  }
};
template <>
struct by_hand<families::laplace::entropy> : by_hand<families::normal::entropy> {};
template <>
struct by_hand<families::log_normal::log_prob> {
  template <class V>
  static std::array<V, 3> partials(const std::array<V, 3>& x, const V& y) {
    auto d = by_hand<families::normal::log_prob>::partials(
        std::array<V, 3>{math::log(x[0]), x[1], x[2]}, y);
    d[0] = (d[0] - V(1)) / x[0];
    return d;
  }
};
template <>
struct by_hand<families::log_normal::entropy> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V&) {
    return {V(1), V(1) / x[1]};
  }
};
template <>
struct by_hand<families::bernoulli_by_probs::log_prob> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V&) {
    using family = families::bernoulli_by_probs;
    return {family::finite_logit(x[1]), family::slope(x[0], V(V(1) - x[0]), x[1])};
  }
};
template <>
struct by_hand<families::gamma::log_prob> {
  template <class V>
  static std::array<V, 3> partials(const std::array<V, 3>& x, const V&) {
    return {(x[1] - V(1)) / x[0] - x[2], math::log(x[2]) + math::log(x[0]) - math::digamma(x[1]),
            x[1] / x[2] - x[0]};
  }
};
template <>
struct by_hand<families::gamma::entropy> {
  template <class V>
  static std::array<V, 2> partials(const std::array<V, 2>& x, const V&) {
    return {V(1) + (V(1) - x[0]) * math::trigamma(x[0]), V(-1) / x[1]};
  }
};
template <>
struct by_hand<kl_divergence<families::gamma, families::gamma>> {
  template <class V>
  static std::array<V, 4> partials(const std::array<V, 4>& x, const V&) {
    const V inverse = V(1) / x[1];
    return {(x[0] - x[2]) * math::trigamma(x[0]) + x[3] * inverse - V(1),
            (x[2] - x[0] * x[3] * inverse) * inverse,
            math::digamma(x[2]) - math::digamma(x[0]) + math::log(V(x[1] / x[3])),
            x[0] * inverse - x[2] / x[3]};
  }
};
template <>
struct by_hand<families::flat::log_prob> {
  template <class V>
  static std::array<V, 1> partials(const std::array<V, 1>&, const V&) {
    return {V(0)};
  }
};

}  // namespace rules_by_hand
