#pragma once

#include <cstddef>

#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/partial.hpp>

namespace variad {

/// Calls `f.template operator()<V>(i)` over `[0, n)`: `V = batch<T>` for whole registers, then `V =
/// T` for the rest.
///
///     for_each_vector<T>(n, [&]<class V>(std::size_t i) { store(y + i, load_as<V>(x + i) *
///     broadcast<V>(a)); });
///
/// Inlined always, or else what the body captures is read anew for each register. For cheap bodies:
/// one that calls `math::exp` and its like takes a short rest faster as a
/// register, by `load_partial` and `store_partial`.
template <class T, class F>
[[gnu::always_inline]] inline void for_each_vector(std::size_t n, F&& f) {
  const std::size_t whole = n - n % lanes<T>;
  for (std::size_t i = 0; i < whole; i += lanes<T>) f.template operator()<batch<T>>(i);
  for (std::size_t i = whole; i < n; ++i) f.template operator()<T>(i);
}

/// The sum over `i < n` of `f(in[i]...)`, where `f` maps registers to a register and accepts zeros.
/// The order of summation depends on the number of lanes.
template <class T, class F, class... In>
T transform_reduce(std::size_t n, F&& f, const In*... in) {
  batch<T> sum(T(0));
  std::size_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) sum += f(load(in + i)...);
  if (i < n) {
    alignas(64) T rest[lanes<T>];
    f(load_partial(in + i, n - i)...).store_aligned(rest);
    for (std::size_t j = n - i; j < lanes<T>; ++j) rest[j] = T(0);
    sum += batch<T>::load_aligned(rest);
  }
  return reduce_add(sum);
}

}  // namespace variad
