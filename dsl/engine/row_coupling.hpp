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
  row_coupling(const program_tables<T>& tables, std::size_t max_shards) : t_(tables) {
    for (std::size_t s = 0; s < t_.steps.size(); ++s)
      if (couples(s) && !t_.steps[s].global) steps_.push_back(s);
    parts_.reserve(max_shards);
  }

  bool couples(std::size_t s) const { return t_.training && t_.kernels[s].gather != nullptr; }
  /// The steps of shards at which they wait for each other.
  std::span<const std::size_t> steps() const { return steps_; }

  void gather(context<T>& c, std::size_t s) const { run(c, s, t_.kernels[s].gather); }
  void gather_back(context<T>& c, std::size_t s) const { run(c, s, t_.kernels[s].gather_back); }

  using shard_list = std::span<const std::unique_ptr<context<T>>>;
  /// Of the shards, or of the global context where there are none.
  void merge(context<T>& global, shard_list shards, std::size_t s) {
    t_.kernels[s].merge(global.calls[s], parts(global, shards, s));
  }
  void merge_back(context<T>& global, shard_list shards, std::size_t s) {
    t_.kernels[s].merge_back(global.calls[s], parts(global, shards, s));
  }

 private:
  static void run(context<T>& c, std::size_t s, void (*kernel)(const kernel_call<T>&)) {
    if (c.rows > 0)
      kernel(c.calls[s]);
    else
      c.partials[s].fill(T(0));
  }
  std::span<const T* const> parts(context<T>& global, shard_list shards, std::size_t s) {
    parts_.clear();
    if (shards.empty()) parts_.push_back(global.partials[s].data());
    for (const auto& c : shards) parts_.push_back(c->partials[s].data());
    return parts_;
  }

  const program_tables<T>& t_;
  std::vector<std::size_t> steps_;
  std::vector<const T*> parts_;
};

}  // namespace variad
