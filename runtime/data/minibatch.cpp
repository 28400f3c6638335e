#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include <variad/runtime/data/minibatch.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/engine.hpp>

namespace variad::internals {
namespace {

/// Uniform on 0 .. bound - 1, without bias (Lemire, "Fast random integer generation in an
/// interval", 2019).
std::uint32_t below(std::uint32_t bound, threefry_engine& engine) {
  std::uint64_t product = std::uint64_t{engine()} * bound;
  for (const std::uint32_t reject = (0u - bound) % bound;
       static_cast<std::uint32_t>(product) < reject;)
    product = std::uint64_t{engine()} * bound;
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

minibatches::minibatches(std::size_t rows, std::size_t batch, std::uint64_t seed, bool shuffled)
    : batch_(std::min(batch, rows)), seed_(seed), shuffled_(shuffled) {
  if (rows == 0 || batch == 0 || rows > std::numeric_limits<std::uint32_t>::max())
    throw error("minibatches: found " + std::to_string(rows) + " rows in batches of " +
                std::to_string(batch) + ", expected at least 1 of both and fewer than 2^32 rows");
  count_ = (rows + batch_ - 1) / batch_;
  order_.resize(rows);
  std::iota(order_.begin(), order_.end(), 0u);
}

std::size_t minibatches::rows_before(std::size_t index) const {
  if (!shuffled_) return std::min(index * batch_, order_.size());
  // The first rows % count batches have one row more.
  return index * (order_.size() / count_) + std::min(index, order_.size() % count_);
}

std::span<const std::uint32_t> minibatches::operator()(std::uint64_t epoch, std::size_t index) {
  if (shuffled_ && (!ready_ || epoch != epoch_)) shuffle(epoch);
  const std::size_t begin = rows_before(index);
  return std::span<const std::uint32_t>(order_).subspan(begin, rows_before(index + 1) - begin);
}

void minibatches::shuffle(std::uint64_t epoch) {
  std::iota(order_.begin(), order_.end(), 0u);
  threefry_engine engine = engine_of(make_stream(seed_, epoch, hash_name("minibatches")));
  for (auto left = static_cast<std::uint32_t>(order_.size()); left > 1; --left)
    std::swap(order_[left - 1], order_[below(left, engine)]);
  epoch_ = epoch;
  ready_ = true;
}

}  // namespace variad::internals
