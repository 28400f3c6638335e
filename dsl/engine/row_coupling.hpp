#pragma once

#include <memory>
#include <vector>

#include <variad/dsl/engine/context.hpp>

namespace variad::internals {

/// The ops of a training program whose rows depend on each other through sums over the batch, such
/// as batch_norm: the parts that contexts gather, put together by the tree of reduce.hpp.
template <class T>
class row_coupling {
 public:
  row_coupling(const program_tables<T>& tables, std::size_t max_shards);

  bool couples(std::size_t s) const { return t_.training && t_.kernels[s].gather != nullptr; }
  /// The steps of shards at which they wait for each other.
  std::span<const std::size_t> steps() const { return steps_; }

  void gather(context<T>& c, std::size_t s) const {
    if (c.rows > 0) t_.kernels[s].gather(c.calls[s]);
  }
  void gather_back(context<T>& c, std::size_t s) const {
    if (c.rows > 0) t_.kernels[s].gather_back(c.calls[s]);
  }

  using shard_list = std::span<const std::unique_ptr<context<T>>>;
  /// Of the shards, or of the global context where there are none; nothing is merged where they
  /// have no rows.
  void merge(context<T>& global, shard_list shards, std::size_t s);
  void merge_back(context<T>& global, shard_list shards, std::size_t s);

 private:
  /// Returns whether there are any.
  bool find_parts(context<T>& global, shard_list shards, std::size_t s);
  std::size_t part_size(std::size_t s) const;

  const program_tables<T>& t_;
  std::vector<std::size_t> steps_;
  std::vector<T*> parts_;  // null where a context holds no rows
  aligned_buffer<T> sums_;
};

}  // namespace variad::internals
