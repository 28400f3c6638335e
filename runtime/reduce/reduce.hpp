#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <variad/runtime/threads/share.hpp>

/// The one place where parts of a batch are put together: what its shards have found, blocks of
/// rows that follow each other, and the leaves of a tree.
///
/// The tree is binary and depends on the number of leaves alone. Its nodes of level k stand for the
/// leaves [i·2ᵏ, (i + 1)·2ᵏ), as many of them as there are, and put together those of level k − 1;
/// a node without leaves adds nothing, and a leaf may say the same of itself. So bits do not depend
/// on who computes which leaves, as long as who holds a part of them puts whole nodes together. Of
/// n values, each of the sum is within ⌈log₂ n⌉ · u · Σ|xᵢ| of the exact one to first order
/// (u = 2⁻²⁴ or 2⁻⁵³; Higham, "The accuracy of floating point summation", 1993, eq. 3.6).
namespace variad::internals {

/// Levels that a tree has at most, beside that of the leaves, which are at most 2³².
inline constexpr std::size_t most_levels = 32;

/// Levels of the tree of so many leaves, which is how many partial results wait at the same time
/// beside the first.
constexpr std::size_t tree_levels(std::size_t leaves) {
  return static_cast<std::size_t>(std::bit_width(leaves == 0 ? 0 : leaves - 1));
}

/// Puts the leaves of a node of the tree together, in places 0, 1, ... that the caller has; the
/// result is in place `at`. Returns whether there is any.
///
/// `leaf(i, at, adds)` brings leaf i to a place, or where it `adds`, to what that place holds, and
/// returns false where the leaf has nothing to bring. `merge(at)` adds place at + 1 to place at. An
/// addition is one of leaves that follow to those before.
template <class Leaf, class Merge>
bool reduce(share leaves, Leaf&& leaf, Merge&& merge, std::size_t at = 0) {
  if (leaves.size() == 0) return false;
  if (leaves.size() == 1) return leaf(leaves.first, at, false);
  const std::size_t half = leaves.first + std::bit_ceil(leaves.size()) / 2;
  const bool left = reduce({leaves.first, half}, leaf, merge, at);
  if (left && leaves.last - half == 1) {
    leaf(half, at, true);
    return true;
  }
  const bool right = reduce({half, leaves.last}, leaf, merge, left ? at + 1 : at);
  if (left && right) merge(at);
  return left || right;
}

// The sums below are compiled once, for float and double. They allocate nothing.

/// to[j] = Σ leaves[i][values.first + j]; a leaf that is null adds nothing.
template <class T>
void sum_leaves(std::span<const T* const> leaves, share values, T* to);
/// The same, added to what is there.
template <class T>
void add_leaves(std::span<const T* const> leaves, share values, T* to);

/// The sum of a list, each a leaf.
double sum_of(std::span<const double> values);

}  // namespace variad::internals
