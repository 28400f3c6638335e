#include <algorithm>

#include <variad/dsl/engine/parameter_gradient.hpp>

namespace variad::internals {

template <class T>
parameter_gradient<T>::parameter_gradient(const program_tables<T>& tables,
                                          const state_places<T>& places, std::size_t size)
    : t_(tables) {
  if (!t_.training) return;
  values_ = aligned_buffer<T>(size);
  places_.items.resize(t_.nodes.size());
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    const node_id i = t_.steps[s].node;
    const node& n = t_.nodes[i];
    const kernel<T>& k = t_.kernels[s];
    for (std::size_t b = 0; b < std::min<std::size_t>(n.parameter_count, max_parameters); ++b) {
      const parameter_info* const info = places.parameter(i, b);
      if (info == nullptr || info->size == 0) continue;
      places_[i][b] = {info->offset, k.add_gradient != nullptr};
      if (places_[i][b].shared) continue;
      places_[i][b].offset = context_size_;
      const block own{
          info->offset, {context_size_, context_size_ + info->size}, t_.steps[s].global};
      if (repeats_layer(t_, s))
        later_.push_back(own);
      else
        add_block(own);
      context_size_ = (context_size_ + info->size + 15) / 16 * 16;
    }
    if (k.add_gradient == nullptr) continue;
    const input_events in(t_.nodes, n);
    for (std::size_t p = 0; p < k.gradient_parts(in); ++p) {
      if (shared_part* const before = part_of_layer(s, p); before != nullptr) {
        before->others.push_back(s);
        continue;
      }
      shared_part part{.step = s, .part = p};
      for (std::size_t b = 0; b < places_[i].size(); ++b) {
        if (!places_[i][b].shared) continue;
        const share of = k.gradient_part(p, b, in);
        part.of_block[b] = {places_[i][b].offset + of.first, places_[i][b].offset + of.last};
        part.size += (of.size() + 15) / 16 * 16;
      }
      largest_part_ = std::max(largest_part_, part.size);
      parts_.push_back(part);
    }
  }
}

template <class T>
auto parameter_gradient<T>::part_of_layer(std::size_t step, std::size_t part) -> shared_part* {
  const std::string_view layer = t_.nodes[t_.steps[step].node].layer;
  if (layer.empty()) return nullptr;
  for (shared_part& p : parts_)
    if (t_.nodes[t_.steps[p.step].node].layer == layer && p.part == part) return &p;
  return nullptr;
}

template <class T>
void parameter_gradient<T>::add_block(const block& b) {
  // Those that follow each other in both buffers are summed as one; between them are zeros.
  if (!blocks_.empty()) {
    block& before = blocks_.back();
    if (before.global == b.global && b.of_context.first < before.of_context.last + 16 &&
        b.offset - before.offset == b.of_context.first - before.of_context.first) {
      before.of_context.last = b.of_context.last;
      return;
    }
  }
  blocks_.push_back(b);
}

template <class T>
T* parameter_gradient<T>::find(node_id node, std::size_t b, context<T>& c) {
  if (values_.empty()) return nullptr;
  const place& p = places_[node][b];
  return p.shared ? nullptr : c.gradient.data() + p.offset;
}

template <class T>
void parameter_gradient<T>::clear(context<T>& c) const {
  for (const std::vector<block>* blocks : {&blocks_, &later_})
    for (const block& b : *blocks)
      if (b.global == c.global)
        std::fill_n(c.gradient.data() + b.of_context.first, b.of_context.size(), T(0));
}

template <class T>
void parameter_gradient<T>::resize(unsigned threads, const context<T>& global, shard_list shards) {
  std::size_t scratch = 0;
  for (const shared_part& p : parts_)
    if (t_.kernels[p.step].scratch_size != nullptr) {
      scratch = global.scratch.size();
      for (const auto& c : shards) scratch = std::max(scratch, c->scratch.size());
    }
  buffers_.clear();
  for (unsigned t = 0; t < threads; ++t)
    buffers_.push_back({aligned_buffer<T>((tree_levels(shards.size()) + 1) * largest_part_),
                        aligned_buffer<T>(scratch)});
  leaves_.reserve(shards.size());
}

template <class T>
void parameter_gradient<T>::sum_up(thread_pool& pool, context<T>& global, shard_list shards) {
  leaves_.clear();
  for (const auto& c : shards) leaves_.push_back(c->rows > 0 ? c->gradient.data() : nullptr);
  const std::size_t threads = pool.threads(), tasks = parts_.size() + threads;
  std::atomic<std::size_t> next{0};
  pool.run(threads, [&](std::size_t thread) {
    for (std::size_t t; (t = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      if (t < parts_.size())
        work_out(parts_[t], global, shards, buffers_[thread]);
      else
        sum_blocks(share_of(context_size_, t - parts_.size(), threads), global);
    }
  });
  for (const block& b : later_) {
    const std::array<const T*, 1> once{global.gradient.data()};
    const std::span<const T* const> leaves = b.global ? std::span<const T* const>(once) : leaves_;
    add_leaves(leaves, b.of_context, values_.data() + b.offset);
  }
}

template <class T>
void parameter_gradient<T>::work_out(const shared_part& p, context<T>& global, shard_list shards,
                                     buffers& own) {
  // Of a batch without rows nothing is learnt.
  if (!work_out(p, p.step, global, shards, own, 0))
    for (const share& b : p.of_block) std::fill_n(values_.data() + b.first, b.size(), T(0));
  for (const std::size_t s : p.others) {
    if (!work_out(p, s, global, shards, own, 1)) continue;
    T* from = own.waiting.data();
    for (const share& b : p.of_block) {
      const std::array<const T*, 1> next{from};
      add_leaves<T>(next, {0, b.size()}, values_.data() + b.first);
      from += (b.size() + 15) / 16 * 16;
    }
  }
}

template <class T>
bool parameter_gradient<T>::work_out(const shared_part& p, std::size_t step, context<T>& global,
                                     shard_list shards, buffers& own, std::size_t base) {
  const kernel<T>& k = t_.kernels[step];
  const auto add_gradient = [&](const context<T>& c, const gradient_places<T>& to, bool begins) {
    if (k.scratch_size == nullptr) return k.add_gradient(c.calls[step], p.part, to, begins);
    // Other threads work on the same context.
    kernel_call<T> call = c.calls[step];
    call.scratch = own.scratch.data();
    return k.add_gradient(call, p.part, to, begins);
  };
  const auto places = [&](std::size_t at) {
    gradient_places<T> to{};
    std::size_t first = at == 0 ? 0 : (at - 1) * largest_part_;
    for (std::size_t b = 0; b < to.size(); ++b) {
      to[b] = at == 0 ? values_.data() + p.of_block[b].first : own.waiting.data() + first;
      first += (p.of_block[b].size() + 15) / 16 * 16;
    }
    return to;
  };
  const auto merge = [&](std::size_t at) {
    const gradient_places<T> to = places(at), from = places(at + 1);
    for (std::size_t b = 0; b < to.size(); ++b) {
      const std::array<const T*, 1> next{from[b]};
      add_leaves<T>(next, {0, p.of_block[b].size()}, to[b]);
    }
  };
  if (t_.steps[step].global) {
    add_gradient(global, places(base), true);
    return true;
  }
  return reduce(
      {0, shards.size()},
      [&](std::size_t s, std::size_t at, bool adds) {
        const context<T>& c = *shards[s];
        if (c.rows == 0) return false;
        if (adds && add_gradient(c, places(at), false)) return true;
        add_gradient(c, places(adds ? at + 1 : at), true);
        if (adds) merge(at);
        return true;
      },
      merge, base);
}

template <class T>
void parameter_gradient<T>::sum_blocks(const share& of_context, context<T>& global) {
  const std::array<const T*, 1> once{global.gradient.data()};
  for (const block& b : blocks_) {
    const share both{std::max(of_context.first, b.of_context.first),
                     std::min(of_context.last, b.of_context.last)};
    if (both.first >= both.last) continue;
    const std::span<const T* const> leaves = b.global ? std::span<const T* const>(once) : leaves_;
    sum_leaves(leaves, both, values_.data() + b.offset + (both.first - b.of_context.first));
  }
}

template class parameter_gradient<float>;
template class parameter_gradient<double>;

}  // namespace variad::internals
