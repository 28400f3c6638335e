#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <iterator>
#include <limits>
#include <ostream>

#include <variad/runtime/error.hpp>
#include <variad/runtime/simd/batch.hpp>

namespace variad::internals {

template <int Distance>
constexpr std::uint32_t rotate_left(std::uint32_t x) {
  return (x << Distance) | (x >> (32 - Distance));
}
template <int Distance, class Arch>
xsimd::batch<std::uint32_t, Arch> rotate_left(const xsimd::batch<std::uint32_t, Arch>& x) {
#if XSIMD_WITH_AVX512F
  if constexpr (lanes<std::uint32_t> == 16) return _mm512_rol_epi32(x, Distance);
#endif
  return (x << Distance) | (x >> (32 - Distance));
}

// Four rounds and the injection of the key that follows them. Inlined always, or else GCC keeps the
// words in memory.
template <int R0, int R1, int R2, int R3, class W>
[[gnu::always_inline]] constexpr void threefry_rounds(W& x0, W& x1, const W& key0, const W& key1) {
  x0 += x1, x1 = rotate_left<R0>(x1) ^ x0;
  x0 += x1, x1 = rotate_left<R1>(x1) ^ x0;
  x0 += x1, x1 = rotate_left<R2>(x1) ^ x0;
  x0 += x1, x1 = rotate_left<R3>(x1) ^ x0;
  x0 += key0, x1 += key1;
}

/// Two registers of words that are worked on together: neither waits for the other.
template <class W>
struct side_by_side {
  W a, b;
  side_by_side(const W& first, const W& second) : a(first), b(second) {}
  explicit side_by_side(const W& both) : a(both), b(both) {}
  explicit side_by_side(std::uint32_t both) : a(both), b(both) {}

  side_by_side& operator+=(const side_by_side& y) {
    a += y.a, b += y.b;
    return *this;
  }
  friend side_by_side operator+(side_by_side x, const side_by_side& y) { return x += y; }
  friend side_by_side operator+(const side_by_side& x, std::uint32_t y) {
    return x + side_by_side(y);
  }
  friend side_by_side operator^(const side_by_side& x, const side_by_side& y) {
    return {x.a ^ y.a, x.b ^ y.b};
  }
};
template <int Distance, class W>
side_by_side<W> rotate_left(const side_by_side<W>& x) {
  return {rotate_left<Distance>(x.a), rotate_left<Distance>(x.b)};
}

/// Threefry2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC'11): a bijection of the counter (x0, x1) for each key (k0, k1), in place. `W` is
/// `std::uint32_t` or a batch of it, with the same bits in each lane; a batch may have a key each.
template <class K, class W>
constexpr void threefry(const K& k0, const K& k1, W& x0, W& x1) {
  const K k2 = K(0x1bd11bdau) ^ k0 ^ k1;
  W y0 = x0 + W(k0), y1 = x1 + W(k1);
  threefry_rounds<13, 15, 26, 6>(y0, y1, W(k1), W(k2 + 1u));
  threefry_rounds<17, 29, 16, 24>(y0, y1, W(k2), W(k0 + 2u));
  threefry_rounds<13, 15, 26, 6>(y0, y1, W(k0), W(k1 + 3u));
  threefry_rounds<17, 29, 16, 24>(y0, y1, W(k1), W(k2 + 4u));
  threefry_rounds<13, 15, 26, 6>(y0, y1, W(k2), W(k0 + 5u));
  x0 = y0, x1 = y1;
}

/// Threefry as an engine of Boost.Random's and the standard library's concepts (engine.hpp), for
/// distributions outside hot paths: words of counters 0, 1, 2, ... under a key. A copy costs
/// nothing; `discard` is constant time.
class threefry_engine {
 public:
  using result_type = std::uint32_t;
  static constexpr bool has_fixed_range = false;
  static constexpr std::uint64_t default_seed = 0;

  constexpr explicit threefry_engine(std::uint64_t value = default_seed) { seed(value); }
  /// Starts at the first word of the stream of this key.
  constexpr threefry_engine(std::uint32_t k0, std::uint32_t k1) : key_{k0, k1} {}
  template <class SeedSequence>
  requires requires(SeedSequence& s, std::uint32_t* p) { s.generate(p, p); }
  explicit threefry_engine(SeedSequence& sequence) { seed(sequence); }
  /// Takes the two words of the key from a range and moves `first` past them. Throws
  /// `variad::error` if the range is shorter.
  template <std::input_iterator It>
  threefry_engine(It& first, It last) {
    seed(first, last);
  }

  constexpr void seed(std::uint64_t value = default_seed) {
    *this =
        threefry_engine(static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32));
  }
  template <class SeedSequence>
  requires requires(SeedSequence& s, std::uint32_t* p) { s.generate(p, p); }
  void seed(SeedSequence& sequence) {
    std::array<std::uint32_t, 2> words{};
    sequence.generate(words.begin(), words.end());
    *this = threefry_engine(words[0], words[1]);
  }
  template <std::input_iterator It>
  void seed(It& first, It last) {
    std::array<std::uint32_t, 2> words{};
    for (std::uint32_t& word : words) {
      if (first == last)
        throw error("threefry_engine: found fewer than the expected 2 words to seed it with");
      word = static_cast<std::uint32_t>(*first++);
    }
    *this = threefry_engine(words[0], words[1]);
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() {
    if (position_ % 2 == 0) {
      const std::uint64_t counter = position_ / 2;
      words_ = {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32)};
      threefry(key_[0], key_[1], words_[0], words_[1]);
    }
    return words_[position_++ % 2];
  }

  constexpr void discard(std::uint64_t count) {
    position_ += count;
    if (position_ % 2 == 1) {
      --position_;
      (*this)();
    }
  }

  friend constexpr bool operator==(const threefry_engine& a, const threefry_engine& b) {
    return a.key_ == b.key_ && a.position_ == b.position_;
  }

  /// Writes the key and the position as decimal numbers.
  template <class Char, class Traits>
  friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& out,
                                                      const threefry_engine& e) {
    const Char space = out.widen(' ');
    return out << e.key_[0] << space << e.key_[1] << space << e.position_;
  }
  template <class Char, class Traits>
  friend std::basic_istream<Char, Traits>& operator>>(std::basic_istream<Char, Traits>& in,
                                                      threefry_engine& e) {
    std::uint32_t k0 = 0, k1 = 0;
    std::uint64_t position = 0;
    if (in >> k0 >> std::ws >> k1 >> std::ws >> position) {
      e = threefry_engine(k0, k1);
      e.discard(position);
    }
    return in;
  }

 private:
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 2> words_{};
  std::uint64_t position_ = 0;  // of the next word
};

}  // namespace variad::internals
