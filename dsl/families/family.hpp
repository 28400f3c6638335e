#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <variad/dsl/ops/elementwise.hpp>
#include <variad/dsl/syntax/parameter_constraint.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// Where the values of a family lie.
enum class support { real, positive, binary, category };

/// Most parameters of a family.
inline constexpr std::size_t max_family_parameters = 3;

/// The event-sized parameters of one row.
template <class T>
using parameter_rows = std::array<const T*, max_family_parameters>;
template <class T>
using adjoint_rows = std::array<T*, max_family_parameters>;

/// A family of distributions over events of n declared variables. Its laws:
/// - `value_shape(declared)` is the event of a draw, `parameter_shape(i, declared)` the event that
///   parameter i has or is repeated to;
/// - `parameter_rules` names each of them, and says what it must be;
/// - `log_prob` is an op of (value, parameters...): the log-density, summed over the event;
/// - `score` adds seed · ∂ log_prob / ∂ parameters to the adjoints of one row.
/// A family that can be sampled brings `sample`; one with a closed entropy the op `entropy` of its
/// parameters; a pair with a closed KL divergence specialises kl_divergence; a reparameterizable
/// one `noise_size`, `fill_noise`, `transform` and `transform_pull_back`; a discrete one
/// `categories`, `category` and `set_category`, for each category of each variable `logits`, where
/// −∞ is one that cannot be drawn, and from their adjoint to that of the parameters
/// `add_logit_adjoint`, or from the adjoint of the probabilities `add_probability_adjoint`. One of
/// binary units also has `unit_logits` and `add_unit_logit_adjoint`, with one number a unit.
/// Of independent variables a log-density and a sampler are enough: elementwise_family has the
/// rest.
template <class F>
concept family = requires(shape s) {
  { F::name } -> std::convertible_to<std::string_view>;
  { F::values } -> std::convertible_to<support>;
  { F::discrete } -> std::convertible_to<bool>;
  { F::parameter_count } -> std::convertible_to<std::size_t>;
  { F::value_shape(s) } -> std::same_as<shape>;
  { F::parameter_shape(std::size_t{}, s) } -> std::same_as<shape>;
  { F::parameter_rules } -> std::convertible_to<std::array<parameter_rule, F::parameter_count>>;
  typename F::log_prob;
};

template <class F>
concept reparameterizable_family = family<F> && requires(std::size_t n) {
  F::noise_size(n);
};
template <class F>
concept discrete_family = family<F> && F::discrete;
template <class F>
concept samplable_family = family<F> && F::can_sample;
template <class F>
concept family_with_entropy = family<F> && requires {
  typename F::entropy;
};

/// Events of units that are 0 or 1: two categories each.
struct binary_values {
  static constexpr support values = support::binary;
  static constexpr bool discrete = true;
  static constexpr int categories(const shape&) { return 2; }
  template <class T>
  static std::size_t category(const T* value, std::size_t i, std::size_t) {
    return value[i] > T(0.5) ? 1 : 0;
  }
  template <class T>
  static void set_category(T* value, std::size_t i, std::size_t j, std::size_t) {
    value[i] = static_cast<T>(j);
  }
  /// From n logits at `out + n` to those of both values, (0, l) of each unit. Of l = ∞ they are
  /// (−∞, 0): the larger one is finite.
  template <class T>
  static void pair_logits(T* out, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const T l = out[n + i];
      const bool certain = l == std::numeric_limits<T>::infinity();
      out[2 * i] = certain ? -l : T(0);
      out[2 * i + 1] = certain ? T(0) : l;
    }
  }
};

/// KL(q ‖ p) as an op of (parameters of q..., parameters of p...), where it is closed.
template <class Q, class P>
struct kl_divergence;
template <class Q, class P>
concept closed_kl = requires {
  kl_divergence<Q, P>::name;
};

/// ∑_j seed · ∂op/∂x_i, added to each wanted adjoint, for an elementwise op over n elements.
/// `Wanted` has a bit for each input that may have one.
template <std::uint32_t Wanted, class Op, class T, std::size_t N>
void pull_back_elements(const Op& op, std::size_t n, const std::array<const T*, N>& x, const T* y,
                        const T* seed, bool seed_is_scalar, const std::array<T*, N>& adjoint) {
  for_each_part<T>(n, [&](std::size_t j, std::size_t count) {
    const auto read = [&](const T* from) { return load_partial(from + j, count); };
    std::array<batch<T>, N> in;
    for (std::size_t i = 0; i < N; ++i) in[i] = read(x[i]);
    const batch<T> out = y == nullptr ? batch<T>(T(0)) : read(y);
    const std::array<batch<T>, N> d = ops::partials<Wanted>(op, in, out);
    const batch<T> s = seed_is_scalar ? batch<T>(*seed) : read(seed);
    for (std::size_t i = 0; i < N; ++i)
      if ((Wanted >> i & 1u) != 0 && adjoint[i] != nullptr)
        store_partial(adjoint[i] + j, batch<T>(read(adjoint[i]) + s * d[i]), count);
  });
}

/// What a family of independent variables has by its Family::log_prob, an op of (x, parameters...):
/// its shapes and its score. It brings its sampler itself.
template <class Family, std::size_t Parameters>
struct elementwise_family {
  static constexpr std::size_t parameter_count = Parameters;
  static constexpr bool discrete = false;
  static constexpr bool can_sample = true;
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }

  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      constexpr std::uint32_t parameters = (1u << (Parameters + 1)) - 2;
      pull_back_elements<parameters, typename Family::log_prob, T, Parameters + 1>(
          {}, n, {value, p[I]...}, nullptr, &seed, true, {nullptr, to[I]...});
    }
    (std::make_index_sequence<Parameters>{});
  }
};

/// A family of (location, scale), whose draws are made of those of its standard noise, which
/// Family::fill_noise brings, by an op of (noise, location, scale).
template <class Family>
struct location_scale : elementwise_family<Family, 2> {
  /// location + scale·noise
  struct transformed : ops::elementwise<3> {
    static constexpr std::string_view name = "transform";
    template <class V>
    V forward(const std::array<V, 3>& x) const {
      return x[1] + x[2] * x[0];
    }
  };

  static constexpr std::size_t noise_size(std::size_t n) { return n; }

  template <class T>
  static void transform(const T* noise, const parameter_rows<T>& p, T* out, std::size_t n) {
    const typename Family::transformed op{};
    for_each_vector<T>(n, [&]<class V>(std::size_t j) {
      store(out + j, V(op.forward(std::array<V, 3>{load_as<V>(noise + j), load_as<V>(p[0] + j),
                                                   load_as<V>(p[1] + j)})));
    });
  }
  template <class T>
  static void transform_pull_back(const T* noise, const parameter_rows<T>& p, const T* out,
                                  const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    pull_back_elements<0b110, typename Family::transformed, T, 3>(
        {}, n, {noise, p[0], p[1]}, out, adjoint, false, {nullptr, to[0], to[1]});
  }
  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    Family::fill_noise(random, out, n);
    transform(static_cast<const T*>(out), p, out, n);
  }
  /// The location, where the noise has none of its own.
  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    std::copy_n(p[0], n, out);
  }
};

}  // namespace variad
