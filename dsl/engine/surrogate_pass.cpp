#include <algorithm>

#include <variad/dsl/engine/surrogate_pass.hpp>

namespace variad::internals {

template <class T>
surrogate_pass<T>::surrogate_pass(const program_tables<T>& tables, const binder<T>& bind)
    : t_(tables), bind_(bind) {
  steps_.items.resize(t_.latents.size());
  for (std::size_t s = 0; s < t_.steps.size(); ++s)
    if (node_of(s).moves) steps_[node_of(s).network].push_back(s);
}

template <class T>
std::size_t surrogate_pass<T>::size_of(std::size_t s, const context<T>& c) const {
  const node& n = node_of(s);
  const std::size_t size =
      layout_of(n.axes, bind_.extents(c.capacity)).rows * static_cast<std::size_t>(n.event.size());
  return (size + 15) / 16 * 16;
}

template <class T>
void surrogate_pass<T>::allocate(context<T>& c) const {
  std::size_t total = 0, still = 0;
  for (const auto& steps : steps_)
    for (const std::size_t s : steps) {
      if (t_.steps[s].global != c.global) continue;
      total += 2 * size_of(s, c);
      for (const node_id i : t_.steps[s].inputs) {
        const node& in = bind_.node_at(i);
        still = std::max(still, layout_of(in.axes, bind_.extents(c.capacity)).rows *
                                    static_cast<std::size_t>(in.event.size()));
      }
    }
  c.along.assign(total > 0 ? t_.steps.size() : 0, {});
  c.along_values = aligned_buffer<T>(total);
  c.still = aligned_buffer<T>(still);
}

template <class T>
void surrogate_pass<T>::bind(context<T>& c, context<T>& global) const {
  T* at = c.along_values.data();
  for (const latent_id l : steps_.ids())
    for (const std::size_t s : steps_[l]) {
      if (t_.steps[s].global != c.global) continue;
      const node& n = node_of(s);
      kernel_call<T>& call = c.along[s];
      call = c.calls[s];
      call.begins_adjoints = 0;
      call.output.value = at;
      call.output.adjoint = at + size_of(s, c);
      at += 2 * size_of(s, c);
      for (std::size_t j = 0; j < call.arity; ++j) {
        const node_id i = t_.steps[s].inputs[j];
        const node& in = bind_.node_at(i);
        if (in.moves) {  // its step is before this one, and bound
          const auto from = std::find_if(steps_[l].begin(), steps_[l].end(),
                                         [&](std::size_t k) { return t_.steps[k].node == i; });
          call.inputs[j].value = c.along[*from].output.value;
          call.inputs[j].adjoint = c.along[*from].output.adjoint;
        } else {
          call.inputs[j].value = c.still.data();
          call.inputs[j].adjoint =
              in.network == n.network ? bind_.view(i, c, global).adjoint : nullptr;
        }
      }
      c.calls[s].along = &call;
      draw_rows<T>& d = c.draws[l];
      if (t_.steps[s].node == t_.latents[l].drawn_value) {
        d.network_adjoint = c.calls[s].output.adjoint;
        d.direction = call.output.value;
      }
      if (t_.steps[s].node == t_.latents[l].network) d.network_along = call.output.adjoint;
    }
}

template <class T>
bool surrogate_pass<T>::ends_with(std::size_t s) const {
  const node& n = node_of(s);
  return n.moves && t_.latents[n.network].network == t_.steps[s].node;
}

template <class T>
void surrogate_pass<T>::begin(context<T>& c, latent_id l) const {
  for (const std::size_t s : steps_[l])
    std::fill_n(c.along[s].output.value, 2 * size_of(s, c), T(0));
}

template <class T>
void surrogate_pass<T>::run(context<T>& c, latent_id l) const {
  const auto& steps = steps_[l];
  for (const std::size_t s : steps)
    if (t_.kernels[s].forward_along != nullptr) t_.kernels[s].forward_along(c.calls[s]);
  for (auto s = steps.rbegin(); s != steps.rend(); ++s)
    if (t_.kernels[*s].pull_back_along != nullptr) t_.kernels[*s].pull_back_along(c.calls[*s]);
}

template class surrogate_pass<float>;
template class surrogate_pass<double>;

}  // namespace variad::internals
