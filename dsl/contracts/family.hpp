#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/graph/limits.hpp>
#include <variad/dsl/graph/support.hpp>
#include <variad/dsl/syntax/parameter_constraint.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/words.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// The event-sized parameters of one row.
template <class T>
using parameter_rows = std::array<const T*, internals::max_family_parameters>;
template <class T>
using adjoint_rows = std::array<T*, internals::max_family_parameters>;

/// What a family says of itself: `static constexpr family_traits traits{.values = support::real}`.
struct family_traits {
  support values = support::real;  ///< where its values lie
  bool discrete = false;           ///< a finite number of values
  bool prior_only = false;         ///< has no normalised density to draw from in a guide
};

/// A family of distributions over events of n declared variables. Its laws:
/// - `value_shape(declared)` is the event of a draw, `parameter_shape(i, declared)` the event that
///   parameter i has or is repeated to;
/// - `parameter_rules` names each of them, and says what it must be;
/// - `log_prob` is an op of (value, parameters...): the log-density, summed over the event;
/// - `score` adds seed · ∂ log_prob / ∂ parameters to the adjoints of one row.
///
/// One that can be sampled brings `sample`; one with a closed entropy the op `entropy` of its
/// parameters; a pair with a closed KL divergence specialises kl_divergence. Members that belong
/// together are all there, or none of them:
/// - *path*: `noise_size(n)`, `fill_noise`, `transform` and `transform_pull_back`;
/// - *categories*, of a discrete one: `categories`, `category` and `set_category`; for each
/// category
///   of each variable `logits`, where −∞ is one that cannot be drawn; from their adjoint to that of
///   the parameters `add_logit_adjoint`, and from that of probabilities `add_probability_adjoint`;
/// - *units*, of a binary one: `unit_logits` and `add_unit_logit_adjoint`, with one number a unit.
/// Of independent variables a log-density and a sampler are enough: elementwise_family has the
/// rest.
template <class F>
struct family_members {
  using rows = const parameter_rows<float>&;
  using adjoints = const adjoint_rows<float>&;
  using size = std::size_t;

  static constexpr bool traits = requires {
    { F::traits } -> std::same_as<const family_traits&>;
  };
  static constexpr bool name = requires {
    { F::name } -> std::convertible_to<std::string_view>;
  };
  static constexpr bool shapes = requires(shape s) {
    { F::value_shape(s) } -> std::same_as<shape>;
    { F::parameter_shape(size{}, s) } -> std::same_as<shape>;
  };
  static constexpr bool parameters = requires {
    { F::parameter_rules } -> std::convertible_to<std::array<parameter_rule, F::parameter_count>>;
  };
  static constexpr bool few_parameters = [] {
    if constexpr (parameters) return F::parameter_count <= internals::max_family_parameters;
    return true;
  }();
  static constexpr bool log_prob = requires { typename F::log_prob; };
  static constexpr bool marginal = requires { typename F::log_prob::marginal; };
  static constexpr bool condition = requires(rows p, const float* x, float* value) {
    F::condition(p, x, x, value, size{});
  };
  static constexpr bool score = requires(rows p, adjoints to, const float* x) {
    F::score(x, p, float{}, to, size{});
  };
  static constexpr bool sample = requires(rows p, float* out) {
    F::sample(stream_key{}, p, out, size{});
  };

  static constexpr bool noise_size = requires {
    { F::noise_size(size{}) } -> std::convertible_to<size>;
  };
  static constexpr bool fill_noise = requires(float* out) {
    F::fill_noise(stream_key{}, out, size{});
  };
  static constexpr bool transform = requires(rows p, const float* noise, float* out) {
    F::transform(noise, p, out, size{});
  };
  static constexpr bool transform_pull_back = requires(rows p, adjoints to, const float* x) {
    F::transform_pull_back(x, p, x, x, to, size{});
  };
  static constexpr bool path = noise_size && fill_noise && transform && transform_pull_back;
  static constexpr bool some_path = noise_size || fill_noise || transform || transform_pull_back;

  static constexpr bool categories = requires(const float* x, float* out) {
    F::categories(shape{});
    F::category(x, size{}, size{});
    F::set_category(out, size{}, size{}, size{});
  };
  static constexpr bool logits = requires(rows p, adjoints to, const float* x, float* out) {
    F::logits(p, out, size{});
    F::add_logit_adjoint(x, p, to, size{});
    F::add_probability_adjoint(x, p, to, size{});
  };
  static constexpr bool unit_logits = requires(rows p, float* out) {
    F::unit_logits(p, out, size{});
  };
  static constexpr bool unit_adjoint = requires(rows p, adjoints to, const float* x) {
    F::add_unit_logit_adjoint(x, p, to, size{});
  };

  static constexpr bool discrete = [] {
    if constexpr (traits) return F::traits.discrete;
    return false;
  }();
  static constexpr bool prior_only = [] {
    if constexpr (traits) return F::traits.prior_only;
    return false;
  }();
  static constexpr bool complete = traits && name && shapes && parameters && few_parameters &&
                                   log_prob && (score || prior_only) && path == some_path &&
                                   categories == discrete && logits == (discrete && !prior_only) &&
                                   unit_logits == unit_adjoint;
};

template <class F>
concept family = family_members<F>::complete;
template <class F>
concept reparameterizable_family = family<F> && family_members<F>::path;
/// One that is drawn from: by its sampler, or as a prior by that of its machine.
template <class F>
concept samplable_family = family<F> &&(family_members<F>::sample || F::traits.prior_only);
template <class F>
concept discrete_family = family<F> && F::traits.discrete;
template <class F>
concept family_with_entropy = family<F> && requires {
  typename F::entropy;
};

/// Events of units that are 0 or 1: two categories each.
struct binary_values {
  static constexpr family_traits traits{.values = support::binary, .discrete = true};
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

namespace internals {

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

}  // namespace internals

/// What a family of independent variables has by its Family::log_prob, an op of (x, parameters...):
/// its shapes and its score. It brings its sampler itself.
template <class Family, std::size_t Parameters>
struct elementwise_family {
  static constexpr std::size_t parameter_count = Parameters;
  static constexpr shape value_shape(const shape& declared) { return declared; }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) { return declared; }

  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      constexpr std::uint32_t parameters = (1u << (Parameters + 1)) - 2;
      internals::pull_back_elements<parameters, typename Family::log_prob, T, Parameters + 1>(
          {}, n, {value, p[I]...}, nullptr, &seed, true, {nullptr, to[I]...});
    }
    (std::make_index_sequence<Parameters>{});
  }
};

/// A family of (location, scale), whose draws are made of those of its standard noise by an op of
/// (noise, location, scale). The noise is a type `Family::noise`, as `standard_normal` is, or what
/// `Family::fill_noise` fills a row with.
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
  requires requires { typename Family::noise; }
  static void fill_noise(stream_key random, T* out, std::size_t n) {
    internals::fill_row<typename Family::noise>(random, out, n);
  }

  template <class T>
  static void transform(const T* noise, const parameter_rows<T>& p, T* out, std::size_t n) {
    const typename Family::transformed op{};
    internals::for_each_vector<T>(n, [&]<class V>(std::size_t j) {
      internals::store(out + j, V(op.forward(std::array<V, 3>{internals::load_as<V>(noise + j),
                                                              internals::load_as<V>(p[0] + j),
                                                              internals::load_as<V>(p[1] + j)})));
    });
  }
  template <class T>
  static void transform_pull_back(const T* noise, const parameter_rows<T>& p, const T* out,
                                  const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    internals::pull_back_elements<0b110, typename Family::transformed, T, 3>(
        {}, n, {noise, p[0], p[1]}, out, adjoint, false, {nullptr, to[0], to[1]});
  }
  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    static_assert(Family::noise_size(3) == 3, "a family with other noise brings its own `sample`");
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
