#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/runtime/math/activation.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

namespace internals {

/// Whether 1 − u lies below the probability odds / (1 + odds), for u uniform in (0, 1): u · odds >
/// 1 − u, without a division. The probability is met to 2^-23 (`float`) or 2^-52 (`double`); odds
/// of 0 and inf are certain, and NaN gives false.
template <random_value T>
auto bernoulli_of_odds(const batch<T>& odds, const batch<T>& u) {
  return u * odds > batch<T>(T(1)) - u;
}

/// The same for the probability sigmoid(logit).
template <random_value T>
auto bernoulli_of(const batch<T>& logit, const batch<T>& u) {
  return bernoulli_of_odds<T>(math::exp(logit), u);
}

/// Whether 1 − u lies below a probability, which is met to 2^-23 (`float`) or 2^-52 (`double`); 0
/// and 1 are certain, and NaN gives false.
template <random_value T>
auto bernoulli_of_probability(const batch<T>& p, const batch<T>& u) {
  return batch<T>(T(1)) - u < p;
}

/// Fills a row with 1 where is_one(parameter, u), else 0.
template <random_value T, class F>
void fill_bernoulli_by(stream_key row, const T* parameter, T* out, std::size_t n,
                       std::uint32_t draw, F&& is_one) {
  const auto put = [&](const batch<bits_of<T>>& bits, std::size_t i) {
    const batch<T> at =
        i + lanes<T> <= n ? load(parameter + i) : load_partial(parameter + i, n - i);
    const auto one = is_one(at, open_uniform<T>(bits));
    store_below(out, math::select(one, batch<T>(T(1)), batch<T>(T(0))), i, n);
  };
  for_each_bits<T>(row, draw, n, [&](const auto& a, const auto& b, std::size_t i, std::size_t j) {
    put(a, i);
    if (j < n) put(b, j);
  });
}

}  // namespace internals

/// Fills a row with 1 with probability sigmoid(logit_row[j]), else 0, as `bernoulli_of` does. Value
/// j depends on the stream, the draw, j and its logit alone.
template <internals::random_value T>
void fill_bernoulli(stream_key row, const T* logit_row, T* out, std::size_t n,
                    std::uint32_t draw = 0) {
  internals::fill_bernoulli_by(row, logit_row, out, n, draw, [](const auto& logit, const auto& u) {
    return internals::bernoulli_of<T>(logit, u);
  });
}
/// The same with probability p_row[j].
template <internals::random_value T>
void fill_bernoulli_of_probabilities(stream_key row, const T* p_row, T* out, std::size_t n,
                                     std::uint32_t draw = 0) {
  internals::fill_bernoulli_by(row, p_row, out, n, draw, [](const auto& p, const auto& u) {
    return internals::bernoulli_of_probability<T>(p, u);
  });
}

}  // namespace variad
