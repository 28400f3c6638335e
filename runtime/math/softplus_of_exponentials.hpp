#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/partial.hpp>

/// Sums of softplus(u + w) = log(1 + e^u e^w) over rows whose exponentials are known: two
/// instructions a term, and one logarithm a row. A product is brought back to [1, 2) after every
/// few factors, its binary exponent counted.
namespace variad::internals {

template <std::floating_point T>
struct float_layout;
template <>
struct float_layout<float> {
  using word = std::uint32_t;
  static constexpr int mantissa_bits = 23;
};
template <>
struct float_layout<double> {
  using word = std::uint64_t;
  static constexpr int mantissa_bits = 52;
};

/// Factors between two normalisations.
inline constexpr std::size_t product_factors = 4;

/// Products of 1 + u·w in each lane, for `Rows` rows w at once.
template <class T, std::size_t Rows>
class running_products {
  using layout = float_layout<T>;
  using word = typename layout::word;
  using V = batch<T>;
  using W = batch<word>;

 public:
  running_products() {
    product_.fill(V(T(1)));
    exponent_.fill(W(word(0)));
  }
  template <class Load>
  [[gnu::always_inline]] void multiply(const V& u, Load&& row) {
    for (std::size_t j = 0; j < Rows; ++j) product_[j] *= xsimd::fma(u, V(row(j)), V(T(1)));
  }
  [[gnu::always_inline]] void normalise() {
    for (std::size_t j = 0; j < Rows; ++j) {
      const W bits = xsimd::bitwise_cast<W>(product_[j]);
      exponent_[j] += bits >> layout::mantissa_bits;
      constexpr word mantissa = (word(1) << layout::mantissa_bits) - 1;
      product_[j] = xsimd::bitwise_cast<V>((bits & W(mantissa)) | W(std::bit_cast<word>(T(1))));
    }
  }
  /// The logarithms of the products over all lanes, after `times` normalisations.
  void logarithms(std::size_t times, T* out) const {
    // Mantissas are below 2: those of all lanes cannot overflow.
    alignas(64) std::array<T, padded<T>(Rows)> mantissa{};
    std::array<T, Rows> exponent;
    mantissa.fill(T(1));
    constexpr word bias = std::bit_cast<word>(T(1)) >> layout::mantissa_bits;
    for (std::size_t j = 0; j < Rows; ++j) {
      alignas(64) std::array<T, lanes<T>> m;
      alignas(64) std::array<word, lanes<T>> e;
      product_[j].store_aligned(m.data());
      exponent_[j].store_aligned(e.data());
      T product(1);
      word sum = 0;
      for (std::size_t l = 0; l < lanes<T>; ++l) product *= m[l], sum += e[l];
      mantissa[j] = product;
      exponent[j] = static_cast<T>(sum - static_cast<word>(times * lanes<T>) * bias);
    }
    for (std::size_t j = 0; j < mantissa.size(); j += lanes<T>)
      store(mantissa.data() + j, math::log(load(mantissa.data() + j)));
    for (std::size_t j = 0; j < Rows; ++j)
      out[j] = mantissa[j] + exponent[j] * std::numbers::ln2_v<T>;
  }

 private:
  std::array<V, Rows> product_;
  std::array<W, Rows> exponent_;
};

/// Rows that the registers hold products of at once.
inline constexpr std::size_t product_rows = 10;

template <std::size_t Rows, class T>
void softplus_of_exponentials_of(const T* exp_u, const T* const* exp_w, std::size_t n, T* out) {
  constexpr std::size_t step = product_factors * lanes<T>;
  running_products<T, Rows> products;
  std::size_t i = 0, times = 0;
  for (; i + step <= n; i += step, ++times) {
    for (std::size_t f = i; f < i + step; f += lanes<T>)
      products.multiply(load(exp_u + f), [&](std::size_t j) { return load(exp_w[j] + f); });
    products.normalise();
  }
  for (; i + lanes<T> <= n; i += lanes<T>)
    products.multiply(load(exp_u + i), [&](std::size_t j) { return load(exp_w[j] + i); });
  if (i < n)
    products.multiply(load_partial(exp_u + i, n - i),
                      [&](std::size_t j) { return load_partial(exp_w[j] + i, n - i); });
  products.normalise();
  products.logarithms(times + 1, out);
}

/// The largest u + w that `softplus_of_exponentials` takes: factors beyond it could overflow the
/// product.
template <class T>
inline constexpr T softplus_of_exponentials_limit =
    T(std::numeric_limits<T>::max_exponent / static_cast<int>(product_factors) - 2) *
    std::numbers::ln2_v<T>;

/// out[j] = Σ softplus(u_i + w[j]_i) over i < n for each of the rows w[j], all given as finite
/// exponentials e^u and e^w. No u + w may exceed softplus_of_exponentials_limit (20.8 for float,
/// 176 for double). Maximal relative error of the product whose logarithm it is: n + 40 ULP; where
/// e^u or e^u e^w underflows the term is zero, and terms below the last place of 1 may be lost.
template <class T>
void softplus_of_exponentials(const T* exp_u, std::span<const T* const> exp_w, std::size_t n,
                              T* out) {
  const auto run = [&]<std::size_t... R>(std::size_t first, std::size_t rows,
                                         std::index_sequence<R...>) {
    static_cast<void>((
        (rows == R + 1 &&
         (softplus_of_exponentials_of<R + 1>(exp_u, exp_w.data() + first, n, out + first), true)) ||
        ...));
  };
  // Blocks of about the same size.
  const std::size_t blocks = (exp_w.size() + product_rows - 1) / product_rows;
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::size_t first = b * exp_w.size() / blocks, last = (b + 1) * exp_w.size() / blocks;
    run(first, last - first, std::make_index_sequence<product_rows>{});
  }
}

}  // namespace variad::internals
