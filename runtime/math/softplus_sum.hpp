#pragma once

#include <algorithm>
#include <cstddef>

#include <variad/runtime/math/exp_nonpositive.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

/// The sum of softplus over a row, with one logarithm for many factors:
/// Σ softplus(t) = Σ max(t, 0) + log Π (1 + e^−|t|), and each factor is at most 2, so that 64 of
/// them cannot overflow a float. Relative error of the product: below 64 ulp.
template <class T>
T softplus_sum(const T* x, std::size_t n) {
  using V = batch<T>;
  constexpr std::size_t factors = 64;
  V positive(T(0)), logs(T(0));
  std::size_t i = 0;
  const auto add = [&](const V& t, V& product) {
    positive += math::max(t, V(T(0)));
    product += product * math::exp_nonpositive(V(-math::abs(t)));
  };
  while (i + lanes<T> <= n) {
    V product(T(1));
    const std::size_t whole = std::min((n - i) / lanes<T>, factors);
    for (const std::size_t end = i + whole * lanes<T>; i < end; i += lanes<T>)
      add(load(x + i), product);
    logs += math::log(product);
  }
  T total = reduce_add(positive) + reduce_add(logs);
  for (; i < n; ++i) total += math::softplus(x[i]);
  return total;
}

}  // namespace variad::internals
