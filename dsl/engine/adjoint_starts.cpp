#include <algorithm>

#include <variad/dsl/engine/adjoint_starts.hpp>

namespace variad::internals {

template <class T>
adjoint_starts<T>::adjoint_starts(const program_tables<T>& tables, const binder<T>& bind)
    : t_(tables), bind_(bind), of_step_(tables.steps.size()) {
  id_vector<node_id, bool> begun{std::vector<bool>(t_.nodes.size(), false)};
  for (std::size_t s = t_.steps.size(); s-- > 0;) {
    const step& st = t_.steps[s];
    const auto begin = [&](node_id i) {
      if (begun[i] || t_.adjoint_offset.empty() || t_.adjoint_offset[i] == nowhere) return;
      begun[i] = true;
      if (!bind_.is_global(i) && !is_term(t_.nodes[i])) of_step_[s].push_back(i);
    };
    begin(st.node);
    for (const node_id in : st.inputs) begin(in);
  }
}

template <class T>
void adjoint_starts<T>::reserve(context<T>& c) const {
  std::size_t count = 0;
  for (const auto& nodes : of_step_) count += nodes.size();
  c.starts.reserve(count);
  c.starts_of.assign(t_.steps.size() + 1, 0);
}

template <class T>
void adjoint_starts<T>::note(context<T>& c, context<T>& global) const {
  c.starts.clear();
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    kernel_call<T>& call = c.calls[s];
    call.begins_adjoints = 0;
    for (const node_id i : of_step_[s]) {
      if (c.global) continue;
      if (writes(s, i, call)) {
        const auto& inputs = t_.steps[s].inputs;
        call.begins_adjoints |= 1u << (std::find(inputs.begin(), inputs.end(), i) - inputs.begin());
      } else {
        const tensor<T> v = bind_.view(i, c, global);
        c.starts.emplace_back(v.adjoint, v.size * layout_of(bind_.node_at(i).axes, c.extent).rows);
      }
    }
    c.starts_of[s + 1] = c.starts.size();
  }
}

template <class T>
bool adjoint_starts<T>::writes(std::size_t s, node_id i, const kernel_call<T>& call) const {
  // A second walk back adds to what the first one has left.
  const kernel<T>& k = t_.kernels[s];
  if (!k.begins_sums || t_.objective.path_gradient || k.pull_back == nullptr) return false;
  // Each element is to be written once: by an input that stands there once, as large as what the op
  // works through.
  const step& st = t_.steps[s];
  if (i == st.node || std::count(st.inputs.begin(), st.inputs.end(), i) != 1) return false;
  const auto at = std::find(st.inputs.begin(), st.inputs.end(), i);
  const auto j = static_cast<std::size_t>(at - st.inputs.begin());
  return call.inputs[j].adjoint != nullptr && call.same_rows(j) &&
         (st.members.size() == 0 || call.inputs[j].event == call.domain);
}

template class adjoint_starts<float>;
template class adjoint_starts<double>;

}  // namespace variad::internals
