#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/partial.hpp>

namespace variad::internals {

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

/// Calls `f(i, count)` over `[0, n)`, `count <= lanes<T>` values from `i` on at a time, for moves
/// by `load_partial` and `store_partial`: for short rows and bodies that are not cheap.
template <class T, class F>
[[gnu::always_inline]] inline void for_each_part(std::size_t n, F&& f) {
  for (std::size_t i = 0; i < n; i += lanes<T>) f(i, std::min(lanes<T>, n - i));
}

/// Calls `f.template operator()<Whole>(i, count)` over `[0, n)`: a register from `i` on at a time,
/// and last, where they do not fill one, the rest.
template <class T, class F>
[[gnu::always_inline]] inline void for_each_register(std::size_t n, F&& f) {
  std::size_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) f.template operator()<true>(i, lanes<T>);
  if (i < n) f.template operator()<false>(i, n - i);
}

/// Calls `f.template operator()<I>()` for `I < N`. Arrays of registers stay in registers only by
/// indices that the compiler knows: it copies a whole array of them in pieces, through the stack.
template <std::size_t N, class F>
[[gnu::always_inline]] inline void unrolled(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f.template operator()<I>(), ...); }
  (std::make_index_sequence<N>{});
}

/// The sum over `i < n` of `f(in[i]...)`, where `f` maps registers to a register and accepts zeros.
/// The order of summation depends on the number of lanes.
template <class T, class F, class... In>
T transform_reduce(std::size_t n, F&& f, const In*... in) {
  batch<T> sum(T(0));
  std::size_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) sum += f(load(in + i)...);
  if (i < n) sum += first_lanes<T>(f(load_partial(in + i, n - i)...), n - i);
  return reduce_add(sum);
}

}  // namespace variad::internals
