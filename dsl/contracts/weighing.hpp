#pragma once

#include <cstddef>

namespace variad::internals {

/// The log-weights [samples, data] of one replicate, the value of each datum [data], and the seeds
/// [samples, data] that go back to the terms of each sample; `guide_seeds` are those of −log q
/// where the objective has others for it, or null.
template <class T>
struct weight_rows {
  const T* log_weights;
  T *values, *seeds, *guide_seeds;
  std::size_t samples, data;
};

/// The log-weights of one datum, `between` values apart, of which that of sample `own` is replaced
/// by a cost and `rest`.
template <class T>
struct replaced_weight {
  const T* log_weights;
  std::size_t samples, between, own;
  T rest;
};

/// The code of an objective that weighs samples; null where it does not, or where nothing asks.
template <class T>
struct objective_code {
  void (*evaluate)(const weight_rows<T>&) = nullptr;
  /// Turns costs into the values that the objective has at them.
  void (*replace)(const replaced_weight<T>&, T* costs, std::size_t count) = nullptr;
  /// What the path of each sample counts for, over its seed.
  void (*path_shares)(const T* seeds, std::size_t count, T divergence, T* shares) = nullptr;
};

}  // namespace variad::internals
