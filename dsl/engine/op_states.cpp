#include <variad/dsl/engine/op_states.hpp>

namespace variad {

template <class T>
std::vector<void*> op_states<T>::by_node(const program_tables<T>& t,
                                         const std::vector<const void*>& ops) {
  std::vector<void*> out(t.nodes.size(), nullptr);
  for (std::size_t s = 0; s < t.steps.size(); ++s) {
    const auto i = static_cast<std::size_t>(t.steps[s].node);
    out[i] = of(t, s, ops[i]);
  }
  return out;
}

template <class T>
auto op_states<T>::values() const -> named_values {
  named_values out;
  for (const auto& [name, e] : entries_)
    for (auto& [part, span] : e.values(e.state.get())) out.emplace_back(name + "." + part, span);
  return out;
}

template <class T>
void op_states<T>::reset() {
  for (auto& [name, e] : entries_) e.reset(e.state.get());
}

template <class T>
void* op_states<T>::of(const program_tables<T>& t, std::size_t s, const void* op) {
  const kernel<T>& k = t.kernels[s];
  if (k.make_state == nullptr) return nullptr;
  const node& n = t.nodes[static_cast<std::size_t>(t.steps[s].node)];
  const std::string name = op_name(t, n);
  auto at = entries_.find(name);
  if (at == entries_.end())
    at = entries_
             .emplace(name, entry{k.make_state(op, n.event, name), k.state_values, k.reset_state})
             .first;
  return at->second.state.get();
}

template class op_states<float>;
template class op_states<double>;

}  // namespace variad
