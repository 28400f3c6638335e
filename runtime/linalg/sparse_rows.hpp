#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/simd/batch.hpp>
#include <variad/runtime/simd/lane_bits.hpp>
#include <variad/runtime/simd/loop.hpp>

/// Products with a matrix x whose rows are mostly zeros, one-hot rows above all: sums of the rows
/// of the other factor that the values of x choose, instead of all products. Matrices are row-major
/// and dense, without padding. NaN is not zero; rows that no value chooses are not read, so that
/// what they hold does not show.
namespace variad::internals {

/// The lanes that are not zero, NaN among them.
template <class T>
std::uint64_t nonzero(const batch<T>& x) {
  return ~lane_bits<T>(x == batch<T>(T(0))) & ((std::uint64_t{1} << lanes<T>)-1);
}

/// The non-zero values of a row, some at a time: calls f(positions, values, count).
template <class T, class F>
void for_each_chosen(const T* x, std::size_t k, F&& f) {
  constexpr std::size_t most = 256;
  std::array<std::uint32_t, most> position;
  std::array<T, most> value;
  std::size_t count = 0;
  const auto take = [&](std::size_t i) {
    position[count] = static_cast<std::uint32_t>(i);
    value[count++] = x[i];
    if (count == most) {
      f(position.data(), value.data(), count);
      count = 0;
    }
  };
  std::size_t i = 0;
  for (; i + lanes<T> <= k; i += lanes<T>)
    for (std::uint64_t bits = nonzero<T>(load(x + i)); bits != 0; bits &= bits - 1)
      take(i + static_cast<std::size_t>(std::countr_zero(bits)));
  for (; i < k; ++i)
    if (x[i] != T(0)) take(i);
  if (count > 0) f(position.data(), value.data(), count);
}

/// Some rows of a matrix, n values of each, with a factor each.
template <class T>
struct chosen_rows {
  const T* from;
  std::size_t n, stride;  // from one row to the next
  const std::uint32_t* position;
  const T* factor;
  std::size_t count;

  /// Adds the values j ... of every row to as many sums as `Registers` hold, while n has so many.
  /// Returns the first j that is left.
  template <std::size_t Registers, bool Apart>
  std::size_t add(std::size_t j, T* out) const {
    for (; j + Registers * lanes<T> <= n; j += Registers * lanes<T>) {
      std::array<batch<T>, Registers> sum;
      for (std::size_t v = 0; v < Registers; ++v)
        sum[v] = start<Apart>(load(out + j + v * lanes<T>));
      for (std::size_t c = 0; c < count; ++c) {
        const T* const row = from + position[c] * stride + j;
        const batch<T> scale(factor[c]);
        for (std::size_t v = 0; v < Registers; ++v)
          sum[v] = xsimd::fma(scale, load(row + v * lanes<T>), sum[v]);
      }
      for (std::size_t v = 0; v < Registers; ++v) {
        if (Apart) sum[v] += load(out + j + v * lanes<T>);
        store(out + j + v * lanes<T>, sum[v]);
      }
    }
    return j;
  }
  /// `Apart`: the sum of the rows is made first, and then added.
  template <bool Apart>
  void add_all(T* out) const {
    const std::size_t j = add<1, Apart>(add<4, Apart>(add<8, Apart>(0, out), out), out);
    if (j == n) return;
    batch<T> sum = start<Apart>(load_partial(out + j, n - j));
    for (std::size_t c = 0; c < count; ++c)
      sum = xsimd::fma(batch<T>(factor[c]), load_partial(from + position[c] * stride + j, n - j),
                       sum);
    if (Apart) sum += load_partial(out + j, n - j);
    store_partial(out + j, sum, n - j);
  }

 private:
  template <bool Apart>
  static batch<T> start(const batch<T>& there) {
    return Apart ? batch<T>(T(0)) : there;
  }
};

/// Whether so few of the values x [rows, k], rows ldx apart, are other than zero that the functions
/// below beat a matrix product: one in eight or less.
template <class T>
bool is_sparse(const T* x, std::size_t rows, std::size_t k, std::size_t ldx) {
  const std::size_t most = rows * k / 8;
  std::size_t count = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const T* const row = x + r * ldx;
    std::size_t i = 0;
    for (; i + lanes<T> <= k; i += lanes<T>)
      count += static_cast<std::size_t>(std::popcount(nonzero<T>(load(row + i))));
    for (; i < k; ++i) count += row[i] != T(0);
    if (count > most) return false;
  }
  return true;
}

/// y [rows, n] += x [rows, k] · w [k, n].
template <blas_scalar T>
void add_sparse_product(std::size_t rows, std::size_t n, std::size_t k, const T* x, const T* w,
                        T* y) {
  for (std::size_t r = 0; r < rows; ++r)
    for_each_chosen(x + r * k, k, [&](const auto* position, const T* value, std::size_t count) {
      chosen_rows<T>{w, n, n, position, value, count}.template add_all<false>(y + r * n);
    });
}

/// Rows of which the product below is made first and then added: it rounds what is there once.
inline constexpr std::size_t sparse_summands = 256;

/// w [k, n] += xᵀ · y, of x [rows, k] and y [rows, n]; the rows are ldx, ldy and ldw apart.
template <blas_scalar T>
void add_sparse_outer_product(std::size_t rows, std::size_t n, std::size_t k, const T* x,
                              std::size_t ldx, const T* y, std::size_t ldy, T* w, std::size_t ldw) {
  // For a register of columns of x, the rows that each of them chooses.
  constexpr std::size_t most = sparse_summands;
  struct chosen {
    std::size_t count = 0;
    std::array<std::uint32_t, most> position;
    std::array<T, most> value;
  };
  std::array<chosen, lanes<T>> column;
  for (std::size_t first = 0; first < rows; first += most)
    for (std::size_t i = 0; i < k; i += lanes<T>) {
      const std::size_t columns = std::min(lanes<T>, k - i), last = std::min(first + most, rows);
      for (chosen& c : column) c.count = 0;
      for (std::size_t r = first; r < last; ++r) {
        const T* const from = x + r * ldx + i;
        const batch<T> values = columns == lanes<T> ? load(from) : load_partial(from, columns);
        for (std::uint64_t bits = nonzero<T>(values); bits != 0; bits &= bits - 1) {
          const auto l = static_cast<std::size_t>(std::countr_zero(bits));
          chosen& c = column[l];
          c.position[c.count] = static_cast<std::uint32_t>(r);
          c.value[c.count++] = from[l];
        }
      }
      for (std::size_t l = 0; l < columns; ++l)
        if (const chosen& c = column[l]; c.count > 0)
          chosen_rows<T>{y, n, ldy, c.position.data(), c.value.data(), c.count}
              .template add_all<true>(w + (i + l) * ldw);
    }
}

}  // namespace variad::internals
