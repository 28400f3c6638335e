#pragma once

#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/simd/loop.hpp>

/// The code of an objective as the engine calls it: its functions of one datum, as loops over data.
namespace variad::internals {

template <class O, class T>
void evaluate_weights(const weight_rows<T>& w) {
  for_each_vector<T>(w.data, [&]<class V>(std::size_t j) {
    T* const guide = O::traits.seeds_guide ? w.guide_seeds + j : nullptr;
    const weighed_samples<V> samples(w.log_weights + j, w.seeds + j, guide, w.samples, w.data);
    store(w.values + j, V(O::evaluate(samples)));
  });
}

template <class O, class T>
void replace_weight(const replaced_weight<T>& w, T* costs, std::size_t count) {
  for_each_part<T>(count, [&](std::size_t p, std::size_t n) {
    const batch<T> now = load_partial(costs + p, n) + batch<T>(w.rest);
    const replaced_sample<batch<T>> samples(w.log_weights, w.samples, w.between, w.own, now);
    store_partial(costs + p, batch<T>(O::evaluate(samples)), n);
  });
}

template <class O, class T>
void share_paths(const T* seeds, std::size_t count, T divergence, T* shares) {
  for_each_vector<T>(count, [&]<class V>(std::size_t i) {
    store(shares + i, V(O::path_share(load_as<V>(seeds + i), V(divergence))));
  });
}

template <class O, bool Trains, class T>
constexpr objective_code<T> code_of_objective() {
  objective_code<T> c;
  if constexpr (O::traits.weighs_samples) {
    c.evaluate = &evaluate_weights<O, T>;
    if constexpr (Trains && O::traits.differentiates_draws) c.replace = &replace_weight<O, T>;
    if constexpr (Trains && O::traits.path_gradient) c.path_shares = &share_paths<O, T>;
  }
  return c;
}

}  // namespace variad::internals
