#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/simd/batch.hpp>

namespace variad {

/// The fields bias_o + Σ_i z_i w_io of units whose inputs z are binary: for every four inputs a
/// table holds the 16 sums that their values can make, so that a field costs one addition for four
/// inputs and no product. Where no field can leave the range of the exponential, the tables hold
/// exponentials instead, and what comes out are the odds e^field, at the same cost. Only
/// construction allocates.
template <class T>
class field_tables {
 public:
  static constexpr std::size_t inputs_per_table = 4, patterns = 16;

  field_tables() = default;
  field_tables(std::size_t inputs, std::size_t outputs)
      : inputs_(inputs),
        outputs_(outputs),
        tables_((inputs + inputs_per_table - 1) / inputs_per_table),
        sums_(tiles() * tables_ * patterns * lanes<T>) {}

  /// Registers that hold the fields of all units.
  [[nodiscard]] std::size_t tiles() const { return (outputs_ + lanes<T> - 1) / lanes<T>; }
  [[nodiscard]] std::size_t tables() const { return tables_; }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }

  /// Makes the tables of factor · bias and factor · w; the weight from input i to unit o stands at
  /// w[i * from_input + o * from_output].
  void fill(std::span<const T> bias, const T* w, std::size_t from_input, std::size_t from_output,
            T factor) {
    odds_ = true;
    for (std::size_t tile = 0; tile < tiles(); ++tile) {
      const std::size_t first = tile * lanes<T>, n = std::min(lanes<T>, outputs_ - first);
      batch<T> lowest(T(0)), highest(T(0));  // of the sums of any of the weights
      const auto count = [&](const batch<T>& added) {
        lowest += math::min(added, batch<T>(T(0)));
        highest += math::max(added, batch<T>(T(0)));
      };
      for (std::size_t t = 0; t < tables_; ++t) {
        T* const table = sums_.data() + (tile * tables_ + t) * patterns * lanes<T>;
        std::fill_n(table, lanes<T>, T(0));
        // The bias is part of every sum of the first table.
        if (t == 0)
          for (std::size_t o = 0; o < n; ++o) table[o] = factor * bias[first + o];
        count(load(table));
        for (std::size_t i = 0; i < inputs_per_table; ++i) {
          alignas(64) std::array<T, lanes<T>> row{};
          const std::size_t input = t * inputs_per_table + i;
          if (input < inputs_)
            for (std::size_t o = 0; o < n; ++o)
              row[o] = factor * w[input * from_input + (first + o) * from_output];
          const batch<T> added = batch<T>::load_aligned(row.data());
          count(added);
          const std::size_t half = std::size_t{1} << i;
          for (std::size_t p = 0; p < half; ++p)
            store(table + (half + p) * lanes<T>, batch<T>(load(table + p * lanes<T>) + added));
        }
      }
      odds_ = odds_ && xsimd::all(lowest > batch<T>(-largest) && highest < batch<T>(largest));
    }
    if (!odds_) return;
    for (std::size_t i = 0; i < sums_.size(); i += lanes<T>)
      store(sums_.data() + i, math::exp(load(sums_.data() + i)));
  }

  /// Whether the tables hold exponentials.
  [[nodiscard]] bool odds() const { return odds_; }

  /// Writes what `fields` reads of a state: for each table the place of its sum. Bit i % 64 of word
  /// i / 64 is input i, and bits beyond the inputs are zero.
  void places(const std::uint64_t* bits, std::uint16_t* out) const {
    for (std::size_t t = 0; t < tables_; ++t)
      out[t] = static_cast<std::uint16_t>((bits[t / 16] >> (t % 16 * 4) & 15) * lanes<T>);
  }

  /// The fields of units tile * lanes<T> and following, or their odds: as `odds()` says.
  template <bool Odds>
  [[nodiscard]] batch<T> fields(std::size_t tile, const std::uint16_t* place) const {
    const auto join = [](const batch<T>& a, const batch<T>& b) {
      if constexpr (Odds)
        return batch<T>(a * b);
      else
        return batch<T>(a + b);
    };
    const T* table = sums_.data() + tile * tables_ * patterns * lanes<T>;
    constexpr std::size_t size = patterns * lanes<T>;
    std::array<batch<T>, 4> sum;
    sum.fill(batch<T>(T(Odds ? 1 : 0)));
    std::size_t t = 0;
    for (; t + 4 <= tables_; t += 4, table += 4 * size)
      for (std::size_t a = 0; a < 4; ++a)
        sum[a] = join(sum[a], batch<T>::load_aligned(table + a * size + place[t + a]));
    for (; t < tables_; ++t, table += size)
      sum[0] = join(sum[0], batch<T>::load_aligned(table + place[t]));
    return join(join(sum[0], sum[1]), join(sum[2], sum[3]));
  }

 private:
  /// Sums of fields up to here, and their negatives, have an exponential that is a normal number.
  static constexpr T largest = std::same_as<T, float> ? T(80) : T(700);

  bool odds_ = false;
  std::size_t inputs_ = 0, outputs_ = 0, tables_ = 0;
  aligned_buffer<T> sums_;  // [tiles, tables, patterns, lanes]
};

}  // namespace variad
