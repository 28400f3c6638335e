#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/odds_tables.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/random/bernoulli.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>
#include <variad/runtime/simd/lane_bits.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

namespace variad::internals {

/// An energy of two groups of units with couplings between them alone: block 0, then block 1.
template <class M>
concept bipartite_energy = energy_model<M> && requires(const M& m, std::size_t b) {
  { m.bias(b) } -> std::convertible_to<std::span<const typename M::value_type>>;
  { m.couplings() } -> std::convertible_to<std::span<const typename M::value_type>>;
};

/// Sweeps of block Gibbs over a bipartite energy: states are bits, odds come from tables, and a
/// register of units goes from its odds to its new values in one pass. Only
/// construction allocates.
template <class T>
class bipartite_gibbs {
 public:
  /// Most units of a group: the tables of a register of units grow with them, and beyond it matrix
  /// products are as fast.
  static constexpr std::size_t most_units = 1024;

  bipartite_gibbs() = default;
  bipartite_gibbs(std::size_t chains, std::size_t first, std::size_t second)
      : group_{group(chains, second, first), group(chains, first, second)},
        waiting_(chains * lanes<T>) {}

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// Units of block b.
  [[nodiscard]] std::size_t units(std::size_t b) const { return group_[b].odds.outputs(); }

  /// Advances the chains by so many sweeps at the inverse temperature `beta`; `z` are their states,
  /// zeros and ones. Chain c draws block b from row c of sample b of the stream, and sweep s is
  /// draw s. Results do not depend on the pool, which may be null.
  template <bipartite_energy M>
  void sweep(const M& model, state_rows<T> z, stream_key random, std::uint32_t sweeps, T beta,
             thread_pool* pool) {
    if (sweeps == 0) return;
    const std::size_t n = group_[0].odds.outputs();
    for (std::uint32_t b = 0; b < 2; ++b)
      for (std::uint32_t c = 0; c < z.rows; ++c) group_[b].random[c] = row_stream(random, b, c);
    const T* const w = model.couplings().data();  // [second, first]
    group_[0].odds.fill(model.bias(0), w, n, 1, beta);
    group_[1].odds.fill(model.bias(1), w, 1, n, beta);
    const auto advance = [&](std::size_t first, std::size_t last) {
      read(1, z, n, first, last);
      for (std::uint32_t s = 0; s < sweeps; ++s)
        for (const std::size_t b : {0u, 1u}) draw(b, s, first, last);
      write(0, z, 0, first, last);
      write(1, z, n, first, last);
    };
    if (pool == nullptr || pool->threads() == 1) {
      const flush_denormals flush;
      return advance(0, z.rows);
    }
    const std::size_t tasks = pool->threads();
    pool->run(tasks, [&](std::size_t t) { advance(t * z.rows / tasks, (t + 1) * z.rows / tasks); });
  }

 private:
  struct group {
    group() = default;
    group(std::size_t chains, std::size_t inputs, std::size_t units)
        : odds(inputs, units),
          words((units + 63) / 64),
          bits(chains * words),
          places(chains * odds.place_count()),
          random(chains) {}

    odds_tables<T> odds;                   // of these units, given the other group
    std::size_t words = 0;                 // of one state
    aligned_buffer<std::uint64_t> bits;    // [chains, words]
    aligned_buffer<std::uint16_t> places;  // of the other group's state [chains, places]
    aligned_buffer<stream_key> random;     // [chains]
  };

  void read(std::size_t b, state_rows<T> z, std::size_t first_unit, std::size_t first,
            std::size_t last) {
    group& g = group_[b];
    for (std::size_t c = first; c < last; ++c) {
      std::uint64_t* const bits = g.bits.data() + c * g.words;
      std::fill_n(bits, g.words, 0);
      for (std::size_t i = 0; i < g.odds.outputs(); ++i)
        bits[i / 64] |= std::uint64_t{z[c][first_unit + i] != T(0)} << i % 64;
    }
  }
  void write(std::size_t b, state_rows<T> z, std::size_t first_unit, std::size_t first,
             std::size_t last) const {
    const group& g = group_[b];
    for (std::size_t c = first; c < last; ++c)
      for (std::size_t i = 0; i < g.odds.outputs(); ++i)
        z[c][first_unit + i] = static_cast<T>(g.bits[c * g.words + i / 64] >> i % 64 & 1);
  }

  /// Draws the units of a block for chains first .. last - 1, a register of units after the other,
  /// so that its tables stay in the cache.
  void draw(std::size_t b, std::uint32_t sweep, std::size_t first, std::size_t last) {
    group& g = group_[b];
    const group& given = group_[1 - b];
    const std::size_t n = g.odds.outputs(), places = g.odds.place_count();
    for (std::size_t c = first; c < last; ++c)
      g.odds.places(given.bits.data() + c * given.words, g.places.data() + c * places);
    const auto put = [&](std::size_t c, std::size_t i, const batch<bits_of<T>>& words) {
      const batch<T> odds = g.odds.odds(i / lanes<T>, g.places.data() + c * places);
      const std::uint64_t ones = lane_bits<T>(bernoulli_of_odds<T>(odds, open_uniform<T>(words)));
      const std::size_t left = n - i;
      std::uint64_t& to = g.bits[c * g.words + i / 64];
      if (i % 64 == 0) to = 0;
      to |= (left < lanes<T> ? ones & ((std::uint64_t{1} << left) - 1) : ones) << i % 64;
    };
    constexpr std::size_t half = half_block<T>;
    for (std::size_t begin = 0; begin < n; begin += 2 * half)
      for (std::size_t i = begin; i < begin + half && i < n; i += lanes<T>) {
        for (std::size_t c = first; c < last; ++c) {
          const auto [now, later] = bits_at<T>(g.random[c], sweep, i);
          put(c, i, now);
          later.store_aligned(waiting_.data() + c * lanes<T>);
        }
        if (i + half >= n) continue;
        for (std::size_t c = first; c < last; ++c)
          put(c, i + half, batch<bits_of<T>>::load_aligned(waiting_.data() + c * lanes<T>));
      }
  }

  std::array<group, 2> group_;
  aligned_buffer<bits_of<T>> waiting_;  // random bits of the units half a block further on
};

}  // namespace variad::internals
