#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <variad/dsl/engine/context.hpp>
#include <variad/dsl/engine/state_places.hpp>
#include <variad/runtime/reduce/reduce.hpp>

namespace variad::internals {

/// The gradient of the parameters of a training program. That of ops which share it, the weights of
/// dense layers above all, is worked out after the way back: in parts, each by one thread and put
/// together from those of the shards while it is in the cache. What other ops learn is small: each
/// context adds to a buffer of its own, and those are summed up. Both by the tree of reduce.hpp.
template <class T>
class parameter_gradient {
 public:
  /// As long as all parameters, `size`; without values where the program does not train.
  parameter_gradient(const program_tables<T>& tables, const state_places<T>& places,
                     std::size_t size);

  std::span<T> values() { return values_.span(); }
  /// Values of the buffer that each context has.
  std::size_t context_size() const { return context_size_; }
  /// Where a context adds to the gradient of block b of a node's parameters; null where it is
  /// shared.
  T* find(node_id node, std::size_t b, context<T>& c);
  /// Takes the buffer of a context to zero.
  void clear(context<T>& c) const;

  using shard_list = std::span<const std::unique_ptr<context<T>>>;
  /// Makes the buffers of sums over these shards.
  void resize(unsigned threads, const context<T>& global, shard_list shards);
  /// After the way back of all contexts.
  void sum_up(thread_pool& pool, context<T>& global, shard_list shards);

 private:
  struct place {
    std::size_t offset = 0;  ///< in the values if they are shared, or in the buffer of a context
    bool shared = false;
  };
  struct shared_part {
    std::size_t step = 0, part = 0;
    std::vector<std::size_t> others{};             ///< steps with the same layer, which add to it
    std::array<share, max_parameters> of_block{};  ///< in the values
    std::size_t size = 0;                          ///< of all of them
  };
  /// A block that contexts add to.
  struct block {
    std::size_t offset = 0;  ///< in the values
    share of_context;        ///< in the buffer of a context
    bool global = false;     ///< computed once a step, and not by the shards
  };

  void add_block(const block& b);
  /// The part of a step that has the same layer as an earlier one; null where it is the first.
  shared_part* part_of_layer(std::size_t step, std::size_t part);
  /// Of a thread: sums of a part that wait for what they are added to, and the scratch of ops.
  struct buffers {
    aligned_buffer<T> waiting, scratch;
  };
  void work_out(const shared_part& p, context<T>& global, shard_list shards, buffers& own);
  /// What one step makes of a part, in the values (base 0) or in what waits; false if it has no
  /// rows.
  bool work_out(const shared_part& p, std::size_t step, context<T>& global, shard_list shards,
                buffers& own, std::size_t base);
  void sum_blocks(const share& of_context, context<T>& global);

  const program_tables<T>& t_;
  aligned_buffer<T> values_;
  id_vector<node_id, std::array<place, max_parameters>> places_;
  std::vector<shared_part> parts_;
  std::vector<block> blocks_;
  std::vector<block> later_;  ///< of layers that stand before, which are added to the values
  std::size_t context_size_ = 0;
  std::size_t largest_part_ = 0;
  std::vector<buffers> buffers_;  // by thread
  std::vector<const T*> leaves_;  // the buffers of the shards, null where they hold no rows
};

}  // namespace variad::internals
