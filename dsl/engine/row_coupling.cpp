#include <algorithm>

#include <variad/dsl/engine/row_coupling.hpp>
#include <variad/runtime/reduce/reduce.hpp>

namespace variad::internals {

template <class T>
row_coupling<T>::row_coupling(const program_tables<T>& tables, std::size_t max_shards)
    : t_(tables) {
  std::size_t largest = 0;
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    if (!couples(s)) continue;
    largest = std::max(largest, part_size(s));
    if (!t_.steps[s].global) steps_.push_back(s);
  }
  parts_.reserve(max_shards);
  sums_ = aligned_buffer<T>(largest);
}

template <class T>
void row_coupling<T>::merge(context<T>& global, shard_list shards, std::size_t s) {
  if (!find_parts(global, shards, s)) return;
  const shape& event = global.calls[s].output.event;
  std::array<T*, most_levels + 1> at;
  reduce(
      {0, parts_.size()},
      [&](std::size_t i, std::size_t p, bool adds) {
        if (parts_[i] == nullptr) return false;
        if (adds)
          t_.kernels[s].join(event, at[p], parts_[i]);
        else
          at[p] = parts_[i];
        return true;
      },
      [&](std::size_t p) { t_.kernels[s].join(event, at[p], at[p + 1]); });
  t_.kernels[s].merge(global.calls[s], at[0]);
}

template <class T>
void row_coupling<T>::merge_back(context<T>& global, shard_list shards, std::size_t s) {
  if (!find_parts(global, shards, s)) return;
  sum_leaves<T>(std::span<T* const>(parts_), {0, part_size(s)}, sums_.data());
  t_.kernels[s].merge_back(global.calls[s], sums_.data());
}

template <class T>
bool row_coupling<T>::find_parts(context<T>& global, shard_list shards, std::size_t s) {
  parts_.clear();
  if (shards.empty()) parts_.push_back(global.partials[s].data());
  for (const auto& c : shards) parts_.push_back(c->rows > 0 ? c->partials[s].data() : nullptr);
  return std::any_of(parts_.begin(), parts_.end(), [](const T* p) { return p != nullptr; });
}

template <class T>
std::size_t row_coupling<T>::part_size(std::size_t s) const {
  return t_.kernels[s].partial_size(t_.nodes[t_.steps[s].node].event);
}

template class row_coupling<float>;
template class row_coupling<double>;

}  // namespace variad::internals
