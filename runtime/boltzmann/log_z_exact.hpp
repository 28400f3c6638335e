#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/log_z.hpp>
#include <variad/runtime/boltzmann/tempering.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/math/running_logsumexp.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>

namespace variad {

/// Names the exact sum where a method is chosen.
struct exact_sum {};

namespace internals {

/// How many units `log_z_exact` enumerates at most.
inline constexpr std::size_t largest_enumeration = 24;

/// log Z ("GumBolt", Khoshaman and Amin 2018, below eq. 3) by enumeration of all units but those of
/// the largest block, which are summed out analytically: of the smaller group of units of a
/// restricted Boltzmann machine. Exact to the rounding of energies in the model's value type.
/// Throws `variad::error` if there are more than `largest_enumeration` units to enumerate.
template <energy_model M>
double log_z_exact(const M& model) {
  using T = typename M::value_type;
  const tempered_path<M> path(model, path_start::fair_coins);
  std::vector<std::size_t> rest;
  const auto& blocks = model.blocks();
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (std::size_t i = 0; b != path.summed() && i < blocks[b].size; ++i)
      rest.push_back(blocks[b][i]);
  if (rest.size() > largest_enumeration)
    throw error("log_z_exact: found " + std::to_string(rest.size()) +
                " units outside of the largest block, expected at most " +
                std::to_string(largest_enumeration) + " to enumerate");

  // The rows run through the states of the first few units; from one batch of rows to the next only
  // the other units change.
  const std::size_t low = std::min<std::size_t>(rest.size(), 8), rows = std::size_t{1} << low;
  aligned_buffer<T> states(rows * model.units()), fields(rows * path.summed_size()), start(rows),
      end(rows);
  const auto set = [&](std::size_t unit, std::size_t row, std::uint64_t bit) {
    states[row * model.units() + rest[unit]] = static_cast<T>(bit & 1);
  };
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < low; ++i) set(i, r, r >> i);
  running_logsumexp total;
  for (std::uint64_t high = 0; high < std::uint64_t{1} << (rest.size() - low); ++high) {
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = low; i < rest.size(); ++i) set(i, r, high >> (i - low));
    path.observe({states.data(), rows, model.units()}, fields.data(), start.data(), end.data());
    for (std::size_t r = 0; r < rows; ++r)
      total.add(path.log_weight(1, fields.data() + r * path.summed_size(), start[r], end[r]));
  }
  return total.value();
}

}  // namespace internals
}  // namespace variad
