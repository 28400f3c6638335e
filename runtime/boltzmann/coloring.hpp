#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <variad/runtime/boltzmann/energy.hpp>

namespace variad::internals {

/// A partition of the units into blocks.
class unit_blocks {
 public:
  /// `color` of each unit, numbered from 0 on without gaps: a block per colour, and one empty block
  /// if there are no units.
  explicit unit_blocks(std::vector<std::uint32_t> color = {});

  [[nodiscard]] std::size_t size() const { return begin_.size() - 1; }
  [[nodiscard]] unit_block operator[](std::size_t b) const {
    return {0, begin_[b + 1] - begin_[b], units_.data() + begin_[b]};
  }
  /// The block that a unit is in.
  [[nodiscard]] std::size_t block_of(std::size_t unit) const { return color_[unit]; }

 private:
  std::vector<std::uint32_t> color_;
  std::vector<std::uint32_t> units_;
  std::vector<std::size_t> begin_;
};

/// Blocks of units of which no two are neighbours, by greedy colouring in breadth-first order: two
/// blocks for a bipartite graph, at most one more than the largest degree for any.
unit_blocks color_blocks(const std::vector<std::vector<std::uint32_t>>& neighbours);

}  // namespace variad::internals
