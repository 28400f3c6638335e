#pragma once

#include <algorithm>
#include <cmath>

#include <variad/dsl/engine/row_differences.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/exp_nonpositive.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// Sums of softplus(u + w) over a row, with one logarithm for many factors:
/// Σ softplus(t) = Σ max(t, 0) + log Π (1 + e^−|t|), and each factor is at most 2, so that 64 of
/// them cannot overflow a float. Relative error of the product: below 64 ulp.
template <class T>
T softplus_sum(const T* u, const T* w, std::size_t n) {
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
      add(load(u + i) + load(w + i), product);
    logs += math::log(product);
  }
  T total = reduce_add(positive) + reduce_add(logs);
  for (; i < n; ++i) total += math::softplus(u[i] + w[i]);
  return total;
}

/// The Bernoulli log-likelihood of every one-site alternative: Σ x·h' − softplus(h') of
/// h' = h + W[i, j] − W[i, z_i]. The first sum needs one product of the data with the weights.
template <class T>
void bernoulli_row_differences(const row_difference_call<T>& call) {
  const std::size_t n = call.variables, k = call.categories, d = call.width;
  const std::size_t sites = call.binary ? n : n * k;
  gemm<T>(false, true, call.data_rows, sites, d, 1, call.data, d, call.weights, d, 0, call.products,
          sites);
  T *base = call.work, *zeros = call.work + d;
  std::fill_n(zeros, d, T(0));
  for (std::size_t r = 0; r < call.rows; ++r) {
    const T* h = call.hidden + r * d;
    const T* xw = call.products + call.data_row[r] * sites;
    const T* x = call.data + call.data_row[r] * d;
    T* cost = call.costs + r * n * k;
    const T linear = dot(d, x, h), drawn = linear - softplus_sum(h, zeros, d);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t z = call.drawn[r * n + i];
      if (call.binary) {
        const T* w = call.weights + i * d;
        const T sign = z == 1 ? T(-1) : T(1);
        for (std::size_t j = 0; j < d; ++j) base[j] = h[j] + sign * w[j];
        cost[i * 2 + z] = drawn;
        cost[i * 2 + 1 - z] = linear + sign * xw[i] - softplus_sum(base, zeros, d);
        continue;
      }
      const T* from = call.weights + (i * k + z) * d;
      for (std::size_t j = 0; j < d; ++j) base[j] = h[j] - from[j];
      for (std::size_t j = 0; j < k; ++j)
        cost[i * k + j] = j == z ? drawn
                                 : linear + xw[i * k + j] - xw[i * k + z] -
                                       softplus_sum(base, call.weights + (i * k + j) * d, d);
    }
  }
}

}  // namespace variad
