#pragma once

#include <concepts>
#include <cstdint>
#include <istream>
#include <ostream>
#include <random>

#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/threefry.hpp>

namespace variad::internals {

/// Boost.Random's concept of an engine (its "pseudo-random number generator", with the ways to seed
/// it): what its distributions draw from, and those of the standard library.
template <class E>
concept random_engine = std::uniform_random_bit_generator<E> && std::regular<E> &&
    requires(E e, const E constant, std::uint64_t n, std::seed_seq& sequence,
             const std::uint32_t*& first, std::ostream& out, std::istream& in) {
  { E::has_fixed_range } -> std::convertible_to<bool>;
  E(n);
  E(sequence);
  E(first, first);
  e.seed();
  e.seed(n);
  e.seed(sequence);
  e.seed(first, first);
  e.discard(n);
  out << constant;
  in >> e;
};
static_assert(random_engine<threefry_engine>);

/// The engine of a stream, for Boost.Random's distributions where speed does not matter; where it
/// does, the fill_ functions fill whole rows.
constexpr threefry_engine engine_of(stream_key key) { return threefry_engine(key.k0, key.k1); }

}  // namespace variad::internals
