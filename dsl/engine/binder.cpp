#include <algorithm>

#include <variad/dsl/engine/binder.hpp>

namespace variad::internals {

template <class T>
void binder<T>::set_groups(const plate_rows& rows) {
  arena_ = t_.global;
  for (const plate_id p : t_.plates.ids()) {
    groups_[p] = t_.plates[p].size > 0 ? t_.plates[p].size : rows[p];
    if (!t_.is_group(p)) continue;
    const auto take = [&](std::size_t& all, std::size_t& begins, std::size_t of_row) {
      begins = (all + 15) / 16 * 16;
      all = begins + of_row * groups_[p];
    };
    take(arena_.values, begins_[p].values, t_.groups[p].values);
    take(arena_.adjoints, begins_[p].adjoints, t_.groups[p].adjoints);
  }
}

template <class T>
axis_extents binder<T>::extents(std::size_t rows) const {
  axis_extents e;
  e.fill(1);
  e[replicate_axis] = static_cast<std::size_t>(t_.objective.replicates);
  e[importance_axis] = static_cast<std::size_t>(t_.objective.importance);
  for (const plate_id p : t_.plates.ids()) e[axis_of(p)] = p == t_.data_plate ? rows : groups_[p];
  std::size_t k = first_enumerated_axis;
  for (const latent_id l : t_.latents.ids())
    if (t_.latents[l].enumerated) e[k++] = static_cast<std::size_t>(t_.estimators[l].probes.count);
  return e;
}

template <class T>
tensor<T> binder<T>::view(node_id i, context<T>& c, context<T>& global) const {
  tensor<T> v;
  const node& n = node_at(i);
  v.event = n.event;
  v.size = static_cast<std::size_t>(n.event.size());
  v.step = layout_of(n.axes, c.extent, v.size).step;
  v.state = places_.of_op(i);
  const bool in_global = is_global(i);
  context<T>& home = in_global ? global : c;
  const plate_id group = group_of(t_.plates, t_.data_plate, n.axes);
  const std::size_t unit = !in_global ? c.capacity : exists(group) ? groups_[group] : 1;
  const global_sizes begins = exists(group) ? begins_[group] : global_sizes{};
  if (const std::size_t at = t_.value_offset[i]; at != nowhere)
    v.value = home.memory.at(at * unit + begins.values);
  if (const std::size_t at = t_.adjoint_offset[i]; at != nowhere)
    v.adjoint =
        in_global ? c.global_adjoints.at(at * unit + begins.adjoints) : home.memory.at(at * unit);
  return v;
}

template <class T>
void binder<T>::bind_call(const step& s, context<T>& c, context<T>& global,
                          kernel_call<T>& call) const {
  const node& n = node_at(s.node);
  const row_layout rows = layout_of(n.axes, c.extent);
  call.op = values_[s.node];
  call.extent = rows.extent;
  call.rows = rows.rows;
  call.domain = n.domain;
  call.output = view(s.node, c, global);
  call.arity = s.inputs.size();
  if (exists(n.reduces)) {
    call.reduced_axis = axis_of(n.reduces);
    call.reduced_extent = c.extent[call.reduced_axis];
  }
  for (std::size_t j = 0; j < call.arity; ++j) {
    call.inputs[j] = view(s.inputs[j], c, global);
    if (!hands_on(n, node_at(s.inputs[j]))) call.inputs[j].adjoint = nullptr;
  }
  for (std::size_t m = 0; m < s.members.size(); ++m) call.members[m] = values_[s.members[m]];
  bind_parameters(s.node, c, call.parameters);
  call.run = &c.run;
  call.scratch = c.scratch.data();
  call.sized_by_data = sized_by_data();
  if (!is_global(s.node)) {
    call.plate_axis = axis_of(t_.data_plate);
    call.row_ids = c.row_ids.data();
  }
}

template <class T>
axes binder<T>::sized_by_data() const {
  axes a = exists(t_.data_plate) ? axis_bit(t_.data_plate) : axes(0);
  for (const plate_id p : t_.plates.ids())
    if (t_.is_group(p)) a |= axis_bit(p);
  return a;
}

template <class T>
void binder<T>::bind_draw(latent_id l, context<T>& c, context<T>& global, draw_rows<T>& d) const {
  const node& n = node_at(t_.latents[l].draw);
  const row_layout rows = layout_of(n.axes, c.extent);
  d.value = view(t_.latents[l].draw, c, global);
  if (const node_id i = t_.latents[l].prior_value; exists(i)) d.prior_value = view(i, c, global);
  for (const latent_id m : t_.latents.ids())
    if (m != l && holds(node_at(t_.latents[m].draw).depends, l)) d.feeds_draws = true;
  d.extent = rows.extent;
  d.rows = rows.rows;
  d.variables = static_cast<std::size_t>(n.declared.size());
  d.parameter_count = n.arity;
  for (std::size_t j = 0; j < d.parameter_count; ++j) {
    d.parameters[j] = view(n.inputs[j], c, global);
    d.full[j] = static_cast<std::size_t>(n.family.parameter_shape(j, n.declared).size());
  }
  if (n.has_gaps) {
    d.data = view(n.inputs[n.arity], c, global);
    d.known = view(n.inputs[n.arity + 1], c, global);
  }
  std::size_t axis = first_enumerated_axis;
  for (const latent_id m : ids<latent_id>(index_of(l))) axis += t_.latents[m].enumerated ? 1 : 0;
  d.enumerated_axis = t_.latents[l].enumerated ? axis : max_axes;
  d.kept_size = t_.estimators[l].kept;
  d.probes = cost_probes(l);
  if (!is_global(t_.latents[l].draw)) {
    d.plate_axis = axis_of(t_.data_plate);
    d.row_ids = c.row_ids.data();
  }
  latent_buffers<T>& home = (is_global(t_.latents[l].draw) ? global : c).latents[l];
  d.kept = home.kept.data();
  d.costs = c.latents[l].costs.data();  // a shard's part, where the latent is global
  d.outer_weight = home.outer_weight.data();
  d.probe_weight = t_.estimators[l].probes.weighted ? home.probe_weight.data() : nullptr;
  d.update = c.latents[l].update.span();
  if (weighs(c)) {
    d.log_weight = c.log_weight.data();
    d.log_weight_step = layout_of(sample_axes(), c.extent).step;
    d.replace = t_.weighing.replace;
  }
  d.scratch = c.scratch.data();
  const node_id root = t_.latents[l].network;
  if (!exists(root)) return;
  d.network = view(root, c, global);
  if (!exists(node_at(root).network)) d.network.adjoint = nullptr;  // of what it learns nothing
}

template <class T>
void binder<T>::bind_path(latent_id l, const draw_rows<T>& d, kernel_call<T>& call) const {
  static constexpr char stateless{};
  call.extent = d.extent;
  call.rows = d.rows;
  call.plate_axis = d.plate_axis;
  call.sized_by_data = sized_by_data();
  call.domain = d.value.event;
  call.output = d.value;
  call.arity = d.parameter_count + 1;
  call.inputs[0] = d.value;
  call.inputs[0].value = d.kept;
  call.inputs[0].adjoint = nullptr;
  const node& n = node_at(t_.latents[l].draw);
  for (std::size_t j = 0; j < d.parameter_count; ++j) {
    call.inputs[j + 1] = d.parameters[j];
    if (!node_at(n.inputs[j]).learns) call.inputs[j + 1].adjoint = nullptr;
  }
  call.members[0] = &stateless;
}

template <class T>
axes binder<T>::bound_axes() const {
  return axis_bit(replicate_axis) | (exists(t_.data_plate) ? axis_bit(t_.data_plate) : axes(0));
}

template <class T>
std::size_t binder<T>::scratch_values() const {
  std::size_t most = 0;
  for (const node& n : t_.nodes)
    if (n.what == role::draw || n.what == role::density)
      most = std::max(most, parameter_scratch(n));
  return most;
}

template <class T>
std::size_t binder<T>::parameter_scratch(const node& n) const {
  std::size_t parameters = 0;
  for (std::size_t j = 0; j < n.arity; ++j)
    parameters += static_cast<std::size_t>(n.family.parameter_shape(j, n.declared).size());
  return 2 * parameters + estimator_scratch(static_cast<std::size_t>(n.declared.size()),
                                            static_cast<std::size_t>(n.family.categories));
}

template <class T>
std::size_t binder<T>::cost_probes(latent_id l) const {
  const probe_set& p = t_.estimators[l].probes;
  return p.values == probe_set::kind::own || p.weighted ? 1 : static_cast<std::size_t>(p.count);
}

template <class T>
void binder<T>::bind_parameters(node_id i, context<T>& c,
                                std::array<parameter_block<T>, max_parameters>& blocks) const {
  const node& n = node_at(i);
  const input_events in(t_.nodes, n);
  for (std::size_t b = 0; b < std::min<std::size_t>(n.parameter_count, max_parameters); ++b) {
    const parameter_info* const at = places_.parameter(i, b);
    blocks[b] = {parameters_.data() + at->offset, gradient_.find(i, b, c), n.parameter_rule(b, in),
                 at->size};
  }
}

template class binder<float>;
template class binder<double>;

}  // namespace variad::internals
