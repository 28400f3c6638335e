#pragma once

#include <cstddef>
#include <limits>

#include <variad/dsl/contracts/weighed_samples.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// log (1/K) Σ_k w_k^power of the samples of a datum, for objectives made of it. The seed of each
/// sample is its share of the sum.
template <class Samples>
typename Samples::value_type log_mean(const Samples& samples,
                                      scalar_of<typename Samples::value_type> power = 1) {
  using V = typename Samples::value_type;
  using T = scalar_of<V>;
  const std::size_t count = samples.count();
  const auto exponent = [&](std::size_t k) { return V(samples.log_weight(k) * V(power)); };
  V top = exponent(0);
  for (std::size_t k = 1; k < count; ++k) top = math::max(top, exponent(k));
  top = math::max(top, V(std::numeric_limits<T>::lowest()));  // of nothing but −inf
  V total(T(0));
  for (std::size_t k = 0; k < count; ++k) {
    const V w = math::exp(V(exponent(k) - top));
    samples.seed(k, w);
    total += w;
  }
  for (std::size_t k = 0; k < count; ++k) samples.seed(k, V(samples.seed(k) / total));
  return V(top + math::log(V(total / V(static_cast<T>(count)))));
}

}  // namespace variad
