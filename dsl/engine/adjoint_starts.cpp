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
void adjoint_starts<T>::note(context<T>& c) const {
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    const step& st = t_.steps[s];
    kernel_call<T>& call = c.calls[s];
    call.begins_adjoints = 0;
    // A second walk back adds to what the first one has left.
    if (!t_.kernels[s].begins_sums || t_.objective.path_gradient || c.global ||
        t_.kernels[s].pull_back == nullptr)
      continue;
    const auto& inputs = st.inputs;
    for (const node_id i : of_step_[s]) {
      const auto at = std::find(inputs.begin(), inputs.end(), i);
      const auto j = static_cast<std::size_t>(at - inputs.begin());
      // Each element is to be written once: by an input that stands there once, as large as what
      // the op works through.
      if (i == st.node || std::count(inputs.begin(), inputs.end(), i) != 1 ||
          call.inputs[j].adjoint == nullptr || !call.same_rows(j))
        continue;
      if (st.members.size() == 0 || call.inputs[j].event == call.domain)
        call.begins_adjoints |= 1u << j;
    }
  }
}

template <class T>
void adjoint_starts<T>::clear(std::size_t s, context<T>& c, context<T>& global) const {
  if (c.global) return;
  const step& st = t_.steps[s];
  for (const node_id i : of_step_[s]) {
    bool written = false;
    for (std::size_t j = 0; j < c.calls[s].arity; ++j)
      written |= st.inputs[j] == i && c.calls[s].begins(j);
    if (written) continue;
    const tensor<T> v = bind_.view(i, c, global);
    std::fill_n(v.adjoint, v.size * layout_of(bind_.node_at(i).axes, c.extent).rows, T(0));
  }
}

template class adjoint_starts<float>;
template class adjoint_starts<double>;

}  // namespace variad::internals
