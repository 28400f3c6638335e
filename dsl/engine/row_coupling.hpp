#pragma once

#include <memory>
#include <vector>

#include <variad/dsl/engine/context.hpp>

namespace variad {

/// The ops of a training program whose rows depend on each other through sums over the batch, such
/// as batch_norm: the parts that contexts gather, and their merger in the order of the contexts.
template <class T>
class row_coupling {
 public:
  row_coupling(const program_tables<T>& tables, std::size_t max_shards);

  bool couples(std::size_t s) const { return t_.training && t_.kernels[s].gather != nullptr; }
  /// The steps of shards at which they wait for each other.
  std::span<const std::size_t> steps() const { return steps_; }

  void gather(context<T>& c, std::size_t s) const { run(c, s, t_.kernels[s].gather); }
  void gather_back(context<T>& c, std::size_t s) const { run(c, s, t_.kernels[s].gather_back); }

  using shard_list = std::span<const std::unique_ptr<context<T>>>;
  /// Of the shards, or of the global context where there are none.
  void merge(context<T>& global, shard_list shards, std::size_t s);
  void merge_back(context<T>& global, shard_list shards, std::size_t s);

 private:
  static void run(context<T>& c, std::size_t s, void (*kernel)(const kernel_call<T>&));
  std::span<const T* const> parts(context<T>& global, shard_list shards, std::size_t s);

  const program_tables<T>& t_;
  std::vector<std::size_t> steps_;
  std::vector<const T*> parts_;
};

}  // namespace variad
