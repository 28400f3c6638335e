#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/partial.hpp>

namespace variad::internals {

/// Reads `count <= lanes<T>` values; the other lanes are -inf.
template <class T>
batch<T> load_logits(const T* from, std::size_t count) {
  return count >= lanes<T> ? load(from)
                           : load_partial(from, count, -std::numeric_limits<T>::infinity());
}

template <class T>
T largest_of(const T* in, std::size_t n) {
  batch<T> largest = load_logits(in, n);
  for (std::size_t i = lanes<T>; i < n; i += lanes<T>)
    largest = math::max(largest, load_logits(in + i, n - i));
  return reduce_max(largest);
}

/// The sum of exp(in - shift).
template <class T>
T sum_exp(const T* in, T shift, std::size_t n) {
  batch<T> sum(T(0));
  const batch<T> shifts(shift);
  for (std::size_t i = 0; i < n; i += lanes<T>)
    sum += math::exp(load_logits(in + i, n - i) - shifts);
  return reduce_add(sum);
}

}  // namespace variad::internals

/// Normalisers of one contiguous group of `n >= 1` logits, stable by subtracting the largest. A
/// logit of -inf is a category that cannot occur; a group of nothing but -inf has logsumexp -inf
/// and no softmax (NaN).
namespace variad::math {

using namespace internals;

/// log(sum(exp(p[i]))), i < n.
template <class T>
T logsumexp(const T* p, std::size_t n) {
  const T largest = largest_of(p, n);
  if (!std::isfinite(largest)) return largest;
  return largest + std::log(sum_exp(p, largest, n));
}

/// out[i] = exp(in[i]) / sum(exp(in)). `out` may be `in`.
template <class T>
void softmax(const T* in, T* out, std::size_t n) {
  if (n <= lanes<T>) {
    // A row of one register is not written before it is scaled.
    const batch<T> x = load_logits(in, n);
    const batch<T> e = math::exp(x - batch<T>(reduce_max(x)));
    return store_partial(out, batch<T>(e * batch<T>(T(1) / reduce_add(e))), n);
  }
  const batch<T> largest(largest_of(in, n));
  batch<T> sum(T(0));
  for (std::size_t i = 0; i < n; i += lanes<T>) {
    const batch<T> e = math::exp(load_logits(in + i, n - i) - largest);
    sum += e;
    if (n - i >= lanes<T>) {
      store(out + i, e);
    } else {
      store_partial(out + i, e, n - i);
    }
  }
  const T scale = T(1) / reduce_add(sum);
  std::size_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) store(out + i, load(out + i) * scale);
  if (i < n) store_partial(out + i, load_partial(out + i, n - i) * scale, n - i);
}

/// out[i] = in[i] - logsumexp(in). `out` may be `in`.
template <class T>
void log_softmax(const T* in, T* out, std::size_t n) {
  const T shift = logsumexp(in, n);
  std::size_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) store(out + i, load(in + i) - shift);
  if (i < n) store_partial(out + i, load_partial(in + i, n - i) - shift, n - i);
}

}  // namespace variad::math
