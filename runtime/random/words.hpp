#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <variad/runtime/math/logarithm.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/threefry.hpp>
#include <variad/runtime/simd/apart.hpp>
#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/partial.hpp>

/// How the words of a row's stream become values. The layout does not depend on the width of a
/// register: the counters (c, draw) are taken sixteen at a time, and block b of 32 words is the
/// first words of the counters 16 b ... 16 b + 15, then their second words. Value j of type `float`
/// is made from word j, value j of type `double` from the words 2 j (its low half) and 2 j + 1.
/// Uniform values have the same bits everywhere; those made by a logarithm have the same bits for
/// every width as the same compiler makes them with fused multiply-add, and may differ in the last
/// places between compilers or without it.
namespace variad::internals {

/// A type that the samplers fill.
template <class T>
concept random_value = std::same_as<T, float> || std::same_as<T, double>;

/// The random bits that one `T` is made from.
template <random_value T>
using bits_of = std::conditional_t<std::same_as<T, float>, std::uint32_t, std::uint64_t>;

inline constexpr std::size_t counters_per_block = 16;
static_assert(counters_per_block % lanes<std::uint32_t> == 0);
static_assert(std::endian::native == std::endian::little,
              "words pair up to 64 bits in little-endian order");

/// Values made from the first words of a block; as many more are made from its second words.
template <class T>
inline constexpr std::size_t half_block = counters_per_block * sizeof(std::uint32_t) / sizeof(T);

inline batch<std::uint32_t> lane_numbers() {
  alignas(64) static constexpr std::uint32_t number[] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                         8, 9, 10, 11, 12, 13, 14, 15};
  return batch<std::uint32_t>::load_aligned(number);
}

/// The bits of the values i ... i + lanes<T> - 1 of a stream's draw, and of as many from
/// i + half_block<T> on. `i` is a multiple of the lanes in the first half of a block.
template <random_value T>
std::array<batch<bits_of<T>>, 2> bits_at(stream_key row, std::uint32_t draw, std::size_t i) {
  const std::size_t block = i / (2 * half_block<T>), v = i % (2 * half_block<T>);
  const std::size_t first = block * counters_per_block + v / lanes<T> * lanes<std::uint32_t>;
  batch<std::uint32_t> x0 =
      lane_numbers() + batch<std::uint32_t>(static_cast<std::uint32_t>(first));
  batch<std::uint32_t> x1(draw);
  threefry(row.k0, row.k1, x0, x1);
  return {xsimd::bitwise_cast<batch<bits_of<T>>>(x0), xsimd::bitwise_cast<batch<bits_of<T>>>(x1)};
}

/// Calls `f(a, b, i, j)` until all of `n` values are covered: `a` holds the bits of the values `i
/// ... i + lanes<T> - 1` and `b` those of the values from `j` on; `i < n`, but `j` may lie beyond.
template <random_value T, class F>
void for_each_bits(stream_key row, std::uint32_t draw, std::size_t n, F&& f) {
  for (std::size_t begin = 0; begin < n; begin += 2 * half_block<T>)
    for (std::size_t i = begin; i < begin + half_block<T> && i < n; i += lanes<T>) {
      const auto [a, b] = bits_at<T>(row, draw, i);
      f(a, b, i, i + half_block<T>);
    }
}

/// Stores the lanes of `value`, which stand at `i ...`, as far as they lie below `n`.
template <random_value T>
void store_below(T* out, const batch<T>& value, std::size_t i, std::size_t n) {
  if (i + lanes<T> <= n) {
    store(out + i, value);
  } else if (i < n) {
    store_partial(out + i, value, n - i);
  }
}

/// A uniform value in the open interval (0, 1) from the high bits: (k + 1/2) 2^-23 with 23 bits for
/// `float`, and (k + 1/2) 2^-52 with 52 bits for `double`. Exact; 1 - u is one of the values, too.
template <random_value T>
batch<T> open_uniform(const batch<bits_of<T>>& bits) {
  using word = bits_of<T>;
  constexpr bool single = std::same_as<T, float>;
  constexpr int unused = single ? 9 : 12;
  constexpr auto one = std::bit_cast<word>(T(1));
  constexpr T shift = T(1) - (single ? T(0x1p-24) : T(0x1p-53));
  return xsimd::bitwise_cast<batch<T>>((bits >> unused) | batch<word>(one)) - batch<T>(shift);
}

/// The logarithm of a uniform value in (0, 1), the same bits as math::log gives.
template <random_value T>
batch<T> log_of_uniform(const batch<T>& u) {
  return join_log(split_normal<T>(u));
}

/// `value` with its sign flipped where the lowest bit is one: a bit that `open_uniform` does not
/// use.
template <random_value T>
batch<T> flip_sign(const batch<T>& value, const batch<bits_of<T>>& bits) {
  constexpr int to_sign = static_cast<int>(8 * sizeof(T)) - 1;
  return value ^ xsimd::bitwise_cast<batch<T>>(bits << to_sign);
}

/// Random values: `Noise::of<T>(a)` makes a register of them from its bits, or `of<T>(a, b)` two
/// registers of as many each, of values that stand half a block apart. Calls put(first) with those
/// of `a`, then with `both` put_other(second) with those of `b`.
template <class Noise, random_value T, class Put, class PutOther>
[[gnu::always_inline]] inline void make_values(const batch<bits_of<T>>& a,
                                               const batch<bits_of<T>>& b, bool both, Put&& put,
                                               PutOther&& put_other) {
  if constexpr (requires { Noise::template of<T>(a, b); }) {
    const std::array<batch<T>, 2> values = Noise::template of<T>(a, b);
    put(values[0]);
    if (both) put_other(values[1]);
  } else {
    put(Noise::template of<T>(a));
    if (both) put_other(Noise::template of<T>(b));
  }
}

/// Fills a row with n values of Noise. Value j depends on the stream, the draw and j alone.
template <class Noise, random_value T>
void fill_row(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) {
  for_each_bits<T>(row, draw, n, [&](const auto& a, const auto& b, std::size_t i, std::size_t j) {
    make_values<Noise, T>(
        a, b, j < n, [&](const batch<T>& x) { store_below(out, x, i, n); },
        [&](const batch<T>& x) { store_below(out, x, j, n); });
  });
}

/// The streams of as many rows as a register has words: the keys of the rows.
struct row_streams {
  static constexpr std::size_t rows = lanes<std::uint32_t>;
  batch<std::uint32_t> k0, k1;

  /// Those of the data `row[l]` in the samples `sample[l]`.
  row_streams(stream_key key, const std::array<std::uint32_t, rows>& sample,
              const std::array<std::uint32_t, rows>& row)
      : k0(load(sample.data())), k1(load(row.data())) {
    threefry(key.k0, key.k1, k0, k1);
  }
};

/// For each value of a register of T a word of its lane: of the first rows, and of the others.
template <random_value T>
auto spread_over_words(const batch<std::uint32_t>& words) {
  if constexpr (std::same_as<T, float>) {
    return words;
  } else {
    alignas(64) std::array<std::uint32_t, row_streams::rows> word;
    alignas(64) std::array<std::uint64_t, row_streams::rows> twice;
    words.store_aligned(word.data());
    for (std::size_t l = 0; l < word.size(); ++l)
      twice[l] = std::uint64_t{word[l]} << 32 | std::uint64_t{word[l]};
    using wide = batch<std::uint64_t>;
    using narrow = batch<std::uint32_t>;
    return side_by_side<narrow>{
        xsimd::bitwise_cast<narrow>(wide::load_aligned(twice.data())),
        xsimd::bitwise_cast<narrow>(wide::load_aligned(twice.data() + lanes<double>))};
  }
}

/// Fills so many rows, at most those of the streams, with n values of Noise each, the same bits as
/// `fill_row` gives each of them.
template <class Noise, random_value T>
void fill_rows(const row_streams& streams, std::size_t rows, T* out, std::size_t n,
               std::uint32_t draw = 0) {
  constexpr auto words = static_cast<std::uint32_t>(sizeof(T) / sizeof(std::uint32_t));
  const batch<std::uint32_t> zeroth(draw);
  const auto k0 = spread_over_words<T>(streams.k0), k1 = spread_over_words<T>(streams.k1);
  const auto put = [&](const batch<T>& x, std::size_t first, std::size_t j) {
    if (n == 1)
      store_below(out, x, first, rows);
    else if (first < rows)
      store_apart(out + first * n + j, n, x, std::min(lanes<T>, rows - first));
  };
  for (std::size_t begin = 0; begin < n; begin += 2 * half_block<T>)
    for (std::size_t j = begin; j < begin + half_block<T> && j < n; ++j) {
      const auto counter = static_cast<std::uint32_t>(
          begin / (2 * half_block<T>)*counters_per_block + (j - begin) * words);
      const std::size_t other = j + half_block<T>;
      std::remove_const_t<decltype(k0)> x0((lane_numbers() & batch<std::uint32_t>(words - 1)) +
                                           batch<std::uint32_t>(counter)),
          x1(zeroth);
      threefry(k0, k1, x0, x1);
      const auto make = [&](const batch<std::uint32_t>& a, const batch<std::uint32_t>& b,
                            std::size_t first) {
        make_values<Noise, T>(
            xsimd::bitwise_cast<batch<bits_of<T>>>(a), xsimd::bitwise_cast<batch<bits_of<T>>>(b),
            other < n, [&](const batch<T>& x) { put(x, first, j); },
            [&](const batch<T>& x) { put(x, first, other); });
      };
      if constexpr (std::same_as<T, float>) {
        make(x0, x1, 0);
      } else {
        make(x0.a, x1.a, 0);
        if (rows > lanes<T>) make(x0.b, x1.b, lanes<T>);
      }
    }
}

}  // namespace variad::internals
