#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace variad::internals {

/// The row numbers of each batch of each epoch. An epoch's order is a permutation that depends on
/// (seed, epoch) alone, so any batch can be had without those before it.
class minibatches {
 public:
  /// Shuffled batches for training: every row once in an epoch, in as few batches of at most
  /// `batch` rows as that takes, whose sizes differ by at most one. Throws `variad::error` if
  /// either number is 0 or there are 2^32 rows or more.
  minibatches(std::size_t rows, std::size_t batch, std::uint64_t seed)
      : minibatches(rows, batch, seed, true) {}

  /// Every row once, in order, the last batch as long as is left: for evaluation.
  static minibatches in_order(std::size_t rows, std::size_t batch) {
    return minibatches(rows, batch, 0, false);
  }

  /// Batches in an epoch.
  [[nodiscard]] std::size_t size() const { return count_; }

  /// The rows of an epoch that stand before batch `index`, at most `size()`.
  [[nodiscard]] std::size_t rows_before(std::size_t index) const;

  /// The rows of one batch, valid until the next call. Shuffles when the epoch is another than that
  /// of the last call; allocates nothing.
  std::span<const std::uint32_t> operator()(std::uint64_t epoch, std::size_t index);

 private:
  minibatches(std::size_t rows, std::size_t batch, std::uint64_t seed, bool shuffled);

  /// Fisher-Yates (Knuth, "The art of computer programming" 2, algorithm P).
  void shuffle(std::uint64_t epoch);

  std::size_t batch_;
  std::size_t count_ = 0;
  std::uint64_t seed_;
  bool shuffled_;
  bool ready_ = false;
  std::uint64_t epoch_ = 0;
  std::vector<std::uint32_t> order_;
};

}  // namespace variad::internals
