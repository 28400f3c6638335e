#pragma once

#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/relu.hpp>

namespace variad::models {

/// The hidden layers of an encoder by their units, from the input on: `hidden<400, 200>`. A decoder
/// takes them in the opposite order. `hidden<>` makes both linear.
template <int... Units>
struct hidden {
  static constexpr bool linear = sizeof...(Units) == 0;
};

}  // namespace variad::models

namespace variad::internals {

template <class E>
constexpr auto upwards(const E& e, models::hidden<>) {
  return as_expression(e);
}
template <class E, int First, int... Rest>
constexpr auto upwards(const E& e, models::hidden<First, Rest...>) {
  return upwards(relu(dense<First>(e)), models::hidden<Rest...>{});
}

template <class E>
constexpr auto downwards(const E& e, models::hidden<>) {
  return as_expression(e);
}
template <class E, int First, int... Rest>
constexpr auto downwards(const E& e, models::hidden<First, Rest...>) {
  return relu(dense<First>(downwards(e, models::hidden<Rest...>{})));
}

}  // namespace variad::internals

namespace variad::models {

/// Dense layers with relu, in the order of the encoder.
template <class Layers, dsl_term E>
constexpr auto encode(const E& e) {
  return internals::upwards(e, Layers{});
}

/// Dense layers with relu, in the order of the decoder: the last ones first.
template <class Layers, dsl_term E>
constexpr auto decode(const E& e) {
  return internals::downwards(e, Layers{});
}

}  // namespace variad::models
