#include <algorithm>

#include <variad/dsl/engine/path_gradient.hpp>

namespace variad::internals {

template <class T>
path_gradient<T>::path_gradient(const program_tables<T>& tables, const binder<T>& bind)
    : t_(tables), bind_(bind) {
  if (!t_.training || !wanted()) return;
  id_vector<node_id, bool> read_by_model{std::vector<bool>(t_.nodes.size(), false)};
  for (std::size_t s = 0; s < t_.steps.size(); ++s)
    if (!node_of(s).in_guide)
      for (const node_id in : t_.steps[s].inputs) read_by_model[in] = true;
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    const node& n = node_of(s);
    const node_id i = t_.steps[s].node;
    if (!n.in_guide || t_.adjoint_offset[i] == nowhere) continue;
    if ((is_term(n) && !n.of_training) || read_by_model[i]) starts_.push_back(s);
    // Losses keep their seeds, as they are walked through again.
    if (t_.steps[s].global && !n.of_training) globals_.push_back(s);
    if (n.parameter_count > 0 && t_.kernels[s].add_gradient == nullptr && leads_to_draws(n))
      learners_.push_back(s);
  }
}

template <class T>
std::span<T> path_gradient<T>::adjoints(const context<T>& c, std::size_t s) {
  const kernel_call<T>& call = c.calls[s];
  return {call.output.adjoint, call.rows * call.output.size};
}

template <class T>
std::span<T> path_gradient<T>::kept_adjoints(context<T>& c, const node& draw, std::size_t size) {
  return c.latents[draw.latent].adjoint.span().first(size);
}

template <class T>
void path_gradient<T>::weigh_paths(context<T>& c, const term_scales& scales) const {
  if (t_.weighing.path_shares == nullptr || !bind_.weighs(c)) return;
  const row_layout samples = layout_of(bind_.sample_axes(), c.extent);
  const std::array<axis_extents, 1> steps{samples.step};
  t_.weighing.path_shares(c.sample_seed.data(), samples.rows, static_cast<T>(scales.divergence),
                          c.path_share.data());
  for (const std::size_t s : starts_) {
    if (t_.steps[s].global != c.global) continue;
    const kernel_call<T>& call = c.calls[s];
    T* at = call.output.adjoint;
    walk(call.extent, steps, [&](std::size_t, const auto& sample) {
      for (std::size_t j = 0; j < call.output.size; ++j) *at++ *= c.path_share[sample[0]];
    });
  }
}

template <class T>
void path_gradient<T>::keep_adjoint(context<T>& c, std::size_t s) const {
  const std::span<const T> from = adjoints(c, s);
  std::copy(from.begin(), from.end(), kept_adjoints(c, node_of(s), from.size()).begin());
}

template <class T>
void path_gradient<T>::restore_adjoint(context<T>& c, std::size_t s) const {
  const std::span<T> to = adjoints(c, s);
  const std::span<const T> from = kept_adjoints(c, node_of(s), to.size());
  std::copy(from.begin(), from.end(), to.begin());
}

template <class T>
void path_gradient<T>::begin_second_walk(context<T>& c) const {
  for (const std::size_t s : learners_)
    if (t_.steps[s].global == c.global)
      for (std::size_t b = 0; b < node_of(s).parameter_count; ++b) {
        const parameter_block<T>& p = c.calls[s].parameters[b];
        std::fill_n(p.gradient, p.extents.size(), T(0));
      }
  // The second walks of the shards have left theirs aside for that of the global context.
  aligned_buffer<T>&walked = c.global_adjoints.values, &path = c.path_adjoints.values;
  if (!c.global) std::copy(walked.begin(), walked.end(), path.begin());
  for (const std::size_t s : globals_) {
    const std::span<T> a = adjoints(c, s);
    if (c.global)
      std::copy_n(path.data() + (a.data() - walked.data()), a.size(), a.data());
    else
      std::fill(a.begin(), a.end(), T(0));
  }
}

template <class T>
void path_gradient<T>::end_second_walk(context<T>& c) const {
  if (c.global) return;
  aligned_buffer<T>&walked = c.global_adjoints.values, &path = c.path_adjoints.values;
  std::swap_ranges(walked.begin(), walked.end(), path.begin());
}

template class path_gradient<float>;
template class path_gradient<double>;

}  // namespace variad::internals
