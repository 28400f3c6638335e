#pragma once

#include <cstdint>
#include <string_view>

#include <variad/runtime/random/threefry.hpp>

namespace variad {

/// The key of a stream of random numbers: what the words of the stream depend on, together with
/// their place in it.
struct stream_key {
  std::uint32_t k0 = 0;
  std::uint32_t k1 = 0;

  friend constexpr bool operator==(stream_key, stream_key) = default;
};

namespace internals {

/// The key that `key` derives for the pair (a, b). Different pairs give different keys.
constexpr stream_key derive(stream_key key, std::uint32_t a, std::uint32_t b) {
  threefry(key.k0, key.k1, a, b);
  return {a, b};
}

}  // namespace internals

/// The FNV-1a hash of a node's name.
constexpr std::uint64_t hash_name(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

/// The stream of one node in all steps of a run.
constexpr stream_key node_stream(std::uint64_t seed, std::uint64_t name_hash) {
  const stream_key run{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  return internals::derive(run, static_cast<std::uint32_t>(name_hash),
                           static_cast<std::uint32_t>(name_hash >> 32));
}
/// The stream of one node in one step of a run.
constexpr stream_key step_stream(stream_key node, std::uint64_t step) {
  return internals::derive(node, static_cast<std::uint32_t>(step),
                           static_cast<std::uint32_t>(step >> 32));
}
constexpr stream_key make_stream(std::uint64_t seed, std::uint64_t step, std::uint64_t name_hash) {
  return step_stream(node_stream(seed, name_hash), step);
}

/// The stream of one row (a datum) of one sample.
constexpr stream_key row_stream(stream_key key, std::uint32_t sample, std::uint32_t row) {
  return internals::derive(key, sample, row);
}

}  // namespace variad
