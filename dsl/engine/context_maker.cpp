#include <algorithm>

#include <variad/dsl/engine/context_maker.hpp>

namespace variad::internals {

template <class T>
void context_maker<T>::allocate(context<T>& c, std::size_t capacity) const {
  c.capacity = capacity;
  c.extent = bind_.extents(capacity);
  const global_sizes arena = bind_.global_arena();
  c.memory.values = aligned_buffer<T>(c.global ? arena.values : t_.datum_size * capacity);
  c.global_adjoints.values = aligned_buffer<T>(t_.training ? arena.adjoints : 0);
  const bool twice = t_.training && t_.objective.path_gradient;
  c.path_adjoints.values = aligned_buffer<T>(twice ? c.global_adjoints.values.size() : 0);
  c.gradient = aligned_buffer<T>(t_.training ? gradient_size_ : 0);
  c.calls.assign(t_.steps.size(), {});
  c.nests.assign(t_.steps.size(), {});
  c.draws.items.assign(t_.latents.size(), {});
  c.paths.items.assign(t_.latents.size(), {});
  c.path_nests.items.assign(t_.latents.size(), {});
  c.latents.items.clear();
  c.latents.items.resize(t_.latents.size());
  c.row_ids.assign(capacity, 0);
  c.weight_buffer.assign(c.global ? 0 : capacity, T(1));
  const bool weighs = bind_.weighs(c);
  const std::size_t samples = weighs ? layout_of(bind_.sample_axes(), c.extent).rows : 0;
  c.log_weight = aligned_buffer<T>(samples);
  c.sample_seed = aligned_buffer<T>(samples);
  c.guide_seed = aligned_buffer<T>(t_.objective.seeds_guide ? samples : 0);
  c.path_share = aligned_buffer<T>(t_.weighing.path_shares != nullptr ? samples : 0);
  c.bound = aligned_buffer<T>(weighs ? layout_of(bind_.bound_axes(), c.extent).rows : 0);
  for (const latent_id l : t_.latents.ids()) {
    const node& drawn = t_.nodes[t_.latents[l].draw];
    const std::size_t rows = layout_of(drawn.axes, c.extent).rows;
    latent_buffers<T>& b = c.latents[l];
    b.kept = aligned_buffer<T>(rows * t_.estimators[l].kept);
    b.costs = aligned_buffer<T>(wants_costs(t_, l) ? rows * bind_.cost_probes(l) : 0);
    b.losses = aligned_buffer<T>(weighs && sums_.has_losses() ? b.costs.size() : 0);
    b.outer_weight = aligned_buffer<T>(rows);
    b.probe_weight = aligned_buffer<T>(t_.estimators[l].probes.weighted ? rows : 0);
    b.adjoint = aligned_buffer<T>(twice && bind_.is_global(t_.latents[l].draw) == c.global
                                      ? rows * static_cast<std::size_t>(drawn.event.size())
                                      : 0);
    b.update = aligned_buffer<T>(t_.estimators[l].state);
  }
  std::size_t scratch = bind_.scratch_values();
  c.partials.clear();
  c.partials.resize(t_.steps.size());
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    const node& n = t_.nodes[t_.steps[s].node];
    if (t_.kernels[s].scratch_size != nullptr)
      scratch = std::max(scratch, t_.kernels[s].scratch_size(layout_of(n.axes, c.extent).rows,
                                                             input_events(t_.nodes, n)));
    if (coupling_.couples(s) && t_.steps[s].global == c.global)
      c.partials[s] = aligned_buffer<T>(t_.kernels[s].partial_size(n.event));
  }
  c.scratch = aligned_buffer<T>(scratch);
  c.alternatives.clear();
  if (t_.training)
    for (const latent_id l : t_.latents.ids())
      if (wants_costs(t_, l) && has_alternatives(t_.estimators[l].probes)) {
        c.alternatives.emplace_back(
            l, std::make_unique<internals::alternatives<T>>(t_, bind_, sums_, l));
        c.alternatives.back().second->reserve(c);
      }
}

template <class T>
void context_maker<T>::bind(context<T>& c, context<T>& global, std::size_t rows) const {
  c.rows = rows;
  c.extent = bind_.extents(rows);
  for (const latent_id l : t_.latents.ids()) {
    draw_rows<T>& d = c.draws[l];
    bind_.bind_draw(l, c, global, d);
    if (t_.draws[l].move == nullptr) continue;
    bind_.bind_path(l, d, c.paths[l]);
    c.path_nests[l] = make_loop_nest(c.paths[l]);
    c.paths[l].nest = &c.path_nests[l];
    d.path = &c.paths[l];
    d.move = t_.draws[l].move;
    d.move_back = t_.draws[l].move_back;
  }
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    bind_.bind_call(t_.steps[s], c, global, c.calls[s]);
    c.calls[s].partial = c.partials[s].data();
    if (t_.steps[s].members.size() == 0) continue;
    c.nests[s] = make_loop_nest(c.calls[s]);
    c.calls[s].nest = &c.nests[s];
  }
}

template class context_maker<float>;
template class context_maker<double>;

}  // namespace variad::internals
