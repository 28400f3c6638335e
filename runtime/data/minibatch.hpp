#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <variad/runtime/error.hpp>
#include <variad/runtime/random/engine.hpp>

namespace variad {

/// The row numbers of each batch of each epoch. An epoch's order is a permutation that depends on
/// (seed, epoch) alone, so any batch can be had without those before it.
class minibatches {
 public:
  /// Shuffled batches for training. The last batch of an epoch is left out if it is not full, but
  /// with fewer rows than `batch` there is one batch of them all. Throws `variad::error` if either
  /// number is 0 or there are 2^32 rows or more.
  minibatches(std::size_t rows, std::size_t batch, std::uint64_t seed)
      : minibatches(rows, batch, seed, true) {}

  /// Every row once, in order, the last batch as long as is left: for evaluation.
  static minibatches in_order(std::size_t rows, std::size_t batch) {
    return minibatches(rows, batch, 0, false);
  }

  /// Batches in an epoch.
  [[nodiscard]] std::size_t size() const { return count_; }

  /// The rows of one batch, valid until the next call. Shuffles when the epoch is another than that
  /// of the last call; allocates nothing.
  std::span<const std::uint32_t> operator()(std::uint64_t epoch, std::size_t index) {
    if (shuffled_ && (!ready_ || epoch != epoch_)) shuffle(epoch);
    const std::size_t begin = index * batch_;
    return std::span<const std::uint32_t>(order_).subspan(begin,
                                                          std::min(batch_, order_.size() - begin));
  }

 private:
  minibatches(std::size_t rows, std::size_t batch, std::uint64_t seed, bool shuffled)
      : batch_(std::min(batch, rows)), seed_(seed), shuffled_(shuffled) {
    if (rows == 0 || batch == 0 || rows > std::numeric_limits<std::uint32_t>::max())
      throw error("minibatches: found " + std::to_string(rows) + " rows in batches of " +
                  std::to_string(batch) + ", expected at least 1 of both and fewer than 2^32 rows");
    count_ = shuffled ? rows / batch_ : (rows + batch_ - 1) / batch_;
    order_.resize(rows);
    std::iota(order_.begin(), order_.end(), 0u);
  }

  /// Fisher-Yates (Knuth, "The art of computer programming" 2, algorithm P).
  void shuffle(std::uint64_t epoch) {
    std::iota(order_.begin(), order_.end(), 0u);
    threefry_engine engine = engine_of(make_stream(seed_, epoch, hash_name("minibatches")));
    for (auto left = static_cast<std::uint32_t>(order_.size()); left > 1; --left)
      std::swap(order_[left - 1], order_[below(left, engine)]);
    epoch_ = epoch;
    ready_ = true;
  }

  /// Uniform on 0 .. bound - 1, without bias (Lemire, "Fast random integer generation in an
  /// interval", 2019).
  static std::uint32_t below(std::uint32_t bound, threefry_engine& engine) {
    std::uint64_t product = std::uint64_t{engine()} * bound;
    for (const std::uint32_t reject = (0u - bound) % bound;
         static_cast<std::uint32_t>(product) < reject;)
      product = std::uint64_t{engine()} * bound;
    return static_cast<std::uint32_t>(product >> 32);
  }

  std::size_t batch_;
  std::size_t count_ = 0;
  std::uint64_t seed_;
  bool shuffled_;
  bool ready_ = false;
  std::uint64_t epoch_ = 0;
  std::vector<std::uint32_t> order_;
};

}  // namespace variad
