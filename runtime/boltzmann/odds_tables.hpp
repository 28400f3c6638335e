#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

/// The odds e^field of units whose inputs z are binary, for the fields bias_o + Σ_i z_i w_io: for
/// every four inputs a table holds what their 16 values make. Where the exponential of no field
/// leaves its range, these are factors of the odds: a multiplication for four inputs, and no
/// exponential. Elsewhere they are sums of weights, of whose sum the exponential is taken. Relative
/// error: two ULP a table and input for factors, and that of the exponential of a rounded sum
/// elsewhere. Only construction allocates.
template <class T>
class odds_tables {
 public:
  static constexpr std::size_t inputs_per_table = 4, patterns = 16;
  /// Fields up to here, and their negatives, have an exponential that is a normal number.
  static constexpr T largest_field = std::same_as<T, float> ? T(80) : T(700);

  odds_tables() = default;
  odds_tables(std::size_t inputs, std::size_t outputs)
      : inputs_(inputs),
        outputs_(outputs),
        tables_((inputs + inputs_per_table - 1) / inputs_per_table),
        entries_(tiles() * tables_ * table_size) {}

  /// Registers that hold the odds of all units.
  [[nodiscard]] std::size_t tiles() const { return (outputs_ + lanes<T> - 1) / lanes<T>; }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }
  /// Whether the tables hold factors of the odds, and not sums.
  [[nodiscard]] bool factors() const { return factors_; }

  /// Makes the tables of beta · bias and beta · w; the weight from input i to unit o stands at
  /// w[i * from_input + o * from_output].
  void fill(std::span<const T> bias, const T* w, std::size_t from_input, std::size_t from_output,
            T beta) {
    factors_ = true;
    for (std::size_t tile = 0; tile < tiles(); ++tile) {
      const std::size_t first = tile * lanes<T>, n = std::min(lanes<T>, outputs_ - first);
      batch<T> lowest(T(0)), highest(T(0));  // of the sums of some of the weights
      const auto widen = [&](const batch<T>& weight) {
        lowest += math::min(weight, batch<T>(T(0)));
        highest += math::max(weight, batch<T>(T(0)));
      };
      for (std::size_t t = 0; t < tables_; ++t) {
        T* const table = table_at(tile, t);
        std::fill_n(table, lanes<T>, T(0));
        // The bias is part of every sum of the first table.
        if (t == 0)
          for (std::size_t o = 0; o < n; ++o) table[o] = beta * bias[first + o];
        widen(load(table));
        for (std::size_t i = 0; i < inputs_per_table; ++i) {
          alignas(64) std::array<T, lanes<T>> row{};
          const std::size_t input = t * inputs_per_table + i;
          if (input < inputs_)
            for (std::size_t o = 0; o < n; ++o)
              row[o] = beta * w[input * from_input + (first + o) * from_output];
          const batch<T> weight = batch<T>::load_aligned(row.data());
          widen(weight);
          const std::size_t half = std::size_t{1} << i;
          for (std::size_t p = 0; p < half; ++p)
            store(table + (half + p) * lanes<T>, batch<T>(load(table + p * lanes<T>) + weight));
        }
      }
      factors_ = factors_ && xsimd::all(lowest >= batch<T>(-largest_field) &&
                                        highest <= batch<T>(largest_field));
    }
    if (!factors_) return;
    for (std::size_t tile = 0; tile < tiles(); ++tile)
      for (std::size_t t = 0; t < tables_; ++t) exponentiate(table_at(tile, t), t == 0);
  }

  /// Places that `places` writes: one for every four bits of a state's words.
  [[nodiscard]] std::size_t place_count() const { return (inputs_ + 63) / 64 * 16; }

  /// Writes what `odds` reads of a state: for each table the place of its entry. Bit i % 64 of word
  /// i / 64 is input i, and bits beyond the inputs are zero.
  void places(const std::uint64_t* bits, std::uint16_t* out) const {
    // Four tables to a word take GCC a fifth of the time of one by one.
    static_assert(std::endian::native == std::endian::little);
    const std::uint16_t* const end = out + place_count();
    for (; out < end; ++bits, out += 16) {
      std::array<std::uint64_t, 4> places;  // of four tables each, the lowest first
      for (std::size_t i = 0; i < 4; ++i) {
        std::uint64_t spread = *bits >> 16 * i & 0xffff;
        spread = (spread | spread << 24) & 0x000000ff000000ff;
        spread = (spread | spread << 12) & 0x000f000f000f000f;
        places[i] = spread * lanes<T>;
      }
      std::memcpy(out, places.data(), sizeof places);
    }
  }

  /// The odds of units tile * lanes<T> and following.
  [[nodiscard]] batch<T> odds(std::size_t tile, const std::uint16_t* place) const {
    if (factors_)
      return join(tile, place, T(1), [](const auto& a, const auto& b) { return a * b; });
    return math::exp(join(tile, place, T(0), [](const auto& a, const auto& b) { return a + b; }));
  }

 private:
  static constexpr std::size_t table_size = patterns * lanes<T>;

  T* table_at(std::size_t tile, std::size_t t) {
    return entries_.data() + (tile * tables_ + t) * table_size;
  }

  /// From sums to factors. Where there is no bias, those of single inputs give the others.
  static void exponentiate(T* table, bool has_bias) {
    const auto at = [&](std::size_t p) { return table + p * lanes<T>; };
    if (has_bias) {
      for (std::size_t p = 0; p < patterns; ++p) store(at(p), math::exp(load(at(p))));
      return;
    }
    store(at(0), batch<T>(T(1)));
    for (std::size_t half = 1; half < patterns; half *= 2) {
      const batch<T> single = math::exp(load(at(half)));
      for (std::size_t p = 0; p < half; ++p) store(at(half + p), batch<T>(load(at(p)) * single));
    }
  }

  template <class F>
  batch<T> join(std::size_t tile, const std::uint16_t* place, T begin, F&& f) const {
    const T* table = entries_.data() + tile * tables_ * table_size;
    std::array<batch<T>, 4> part;
    part.fill(batch<T>(begin));
    std::size_t t = 0;
    for (; t + 4 <= tables_; t += 4, table += 4 * table_size)
      for (std::size_t a = 0; a < 4; ++a)
        part[a] = f(part[a], batch<T>::load_aligned(table + a * table_size + place[t + a]));
    for (; t < tables_; ++t, table += table_size)
      part[0] = f(part[0], batch<T>::load_aligned(table + place[t]));
    return f(f(part[0], part[1]), f(part[2], part[3]));
  }

  bool factors_ = false;
  std::size_t inputs_ = 0, outputs_ = 0, tables_ = 0;
  aligned_buffer<T> entries_;  // [tiles, tables, patterns, lanes]
};

}  // namespace variad::internals
