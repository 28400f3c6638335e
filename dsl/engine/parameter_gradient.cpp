#include <algorithm>

#include <variad/dsl/engine/parameter_gradient.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace {

/// Calls f for the contexts that a step is computed in and that hold rows, in order.
template <class T, class F>
void for_each_context(bool global_step, context<T>& global,
                      typename parameter_gradient<T>::shard_list shards, F&& f) {
  if (global_step) return f(global);
  for (const auto& s : shards)
    if (s->rows > 0) f(*s);
}

}  // namespace

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
      blocks_.push_back(
          {info->offset, {context_size_, context_size_ + info->size}, t_.steps[s].global});
      context_size_ = (context_size_ + info->size + 15) / 16 * 16;
    }
    if (k.add_gradient == nullptr) continue;
    const std::size_t parts = k.gradient_parts(input_events(t_.nodes, n));
    for (std::size_t p = 0; p < parts; ++p) parts_.push_back({s, p});
  }
}

template <class T>
T* parameter_gradient<T>::find(node_id node, std::size_t b, context<T>& c) {
  if (values_.empty()) return nullptr;
  const place& p = places_[node][b];
  return (p.shared ? values_ : c.gradient).data() + p.offset;
}

template <class T>
void parameter_gradient<T>::clear(context<T>& c) const {
  for (const block& b : blocks_)
    if (b.global == c.global)
      std::fill_n(c.gradient.data() + b.of_context.first, b.of_context.size(), T(0));
}

template <class T>
void parameter_gradient<T>::sum_up(thread_pool& pool, context<T>& global, shard_list shards) {
  // Of a batch without rows nothing is learnt.
  if (!shards.empty() &&
      std::all_of(shards.begin(), shards.end(), [](const auto& s) { return s->rows == 0; }))
    values_.fill(T(0));
  const std::size_t shares = pool.threads();
  pool.run(parts_.size() + shares, [&](std::size_t t) {
    if (t < parts_.size()) return work_out(parts_[t], global, shards);
    sum_blocks(share_of(context_size_, t - parts_.size(), shares), global, shards);
  });
}

template <class T>
void parameter_gradient<T>::work_out(const shared_part& p, context<T>& global,
                                     shard_list shards) const {
  bool begins = true;
  for_each_context<T>(t_.steps[p.step].global, global, shards, [&](context<T>& c) {
    t_.kernels[p.step].add_gradient(c.calls[p.step], p.part, begins);
    begins = false;
  });
}

template <class T>
void parameter_gradient<T>::sum_blocks(const share& of_context, context<T>& global,
                                       shard_list shards) {
  for (const block& b : blocks_) {
    const std::size_t first = std::max(of_context.first, b.of_context.first),
                      last = std::min(of_context.last, b.of_context.last);
    if (first >= last) continue;
    T* const out = values_.data() + b.offset + (first - b.of_context.first);
    bool begins = true;
    for_each_context<T>(b.global, global, shards, [&](context<T>& c) {
      const T* const from = c.gradient.data() + first;
      if (begins)
        std::copy_n(from, last - first, out);
      else
        for_each_vector<T>(last - first, [&]<class V>(std::size_t j) {
          store(out + j, V(load_as<V>(out + j) + load_as<V>(from + j)));
        });
      begins = false;
    });
  }
}

template class parameter_gradient<float>;
template class parameter_gradient<double>;

}  // namespace variad
