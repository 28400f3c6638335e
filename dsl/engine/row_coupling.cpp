#include <algorithm>

#include <variad/dsl/engine/row_coupling.hpp>

namespace variad {

template <class T>
row_coupling<T>::row_coupling(const program_tables<T>& tables, std::size_t max_shards)
    : t_(tables) {
  for (std::size_t s = 0; s < t_.steps.size(); ++s)
    if (couples(s) && !t_.steps[s].global) steps_.push_back(s);
  parts_.reserve(max_shards);
}

template <class T>
void row_coupling<T>::merge(context<T>& global, shard_list shards, std::size_t s) {
  t_.kernels[s].merge(global.calls[s], parts(global, shards, s));
}

template <class T>
void row_coupling<T>::merge_back(context<T>& global, shard_list shards, std::size_t s) {
  t_.kernels[s].merge_back(global.calls[s], parts(global, shards, s));
}

template <class T>
void row_coupling<T>::run(context<T>& c, std::size_t s, void (*kernel)(const kernel_call<T>&)) {
  if (c.rows > 0)
    kernel(c.calls[s]);
  else
    c.partials[s].fill(T(0));
}

template <class T>
std::span<const T* const> row_coupling<T>::parts(context<T>& global, shard_list shards,
                                                 std::size_t s) {
  parts_.clear();
  if (shards.empty()) parts_.push_back(global.partials[s].data());
  for (const auto& c : shards) parts_.push_back(c->partials[s].data());
  return parts_;
}

template class row_coupling<float>;
template class row_coupling<double>;

}  // namespace variad
