#include <algorithm>
#include <cmath>

#include <variad/dsl/engine/alternatives.hpp>

namespace variad::internals {

template <class T>
alternatives<T>::alternatives(const program_tables<T>& tables, const binder<T>& bind,
                              const objective_sums<T>& sums, latent_id latent)
    : t_(tables), bind_(bind), sums_(sums), latent_(latent) {
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    const node& n = bind_.node_at(t_.steps[s].node);
    if (t_.steps[s].node != draw_node() && !exists(n.network) && holds(n.depends, latent_))
      steps_.push_back(s);
  }
}

template <class T>
void alternatives<T>::reserve(context<T>& c) {
  const axis_extents most = bind_.extents(c.capacity);
  std::size_t widest = event_size(draw_node()) * rows_of(draw_node(), most);
  for (const std::size_t s : steps_)
    widest = std::max(widest, event_size(t_.steps[s].node) * rows_of(t_.steps[s].node, most));
  const std::size_t count = bind_.cost_probes(latent_);
  tile_ = std::clamp<std::size_t>(tile_values / std::max<std::size_t>(widest, 1), 1, count);
  // The probe axis lies within those of weighted values, which relaxed ones need side by side.
  for (const std::size_t s : steps_)
    if (const node& n = bind_.node_at(t_.steps[s].node); n.what == role::draw) {
      const probe_set& p = t_.estimators[n.latent].probes;
      if (p.weighted && p.form == representation::relaxed) tile_ = 1;
    }
  std::size_t total = 0;
  place_.items.assign(t_.nodes.size(), nowhere);
  const auto place = [&](node_id i) {
    place_[i] = total;
    total += (event_size(i) * rows_of(i, most) * tile_ + 15) / 16 * 16;
  };
  place(draw_node());
  for (const std::size_t s : steps_) {
    place(t_.steps[s].node);
    const node& n = bind_.node_at(t_.steps[s].node);
    if (n.what != role::draw) continue;
    const node_id other = t_.latents[n.latent].prior_value;
    if (exists(other)) place(other);
  }
  values_of_tile_ = aligned_buffer<T>(path().exists() ? 0 : total);
  weights_.items.resize(t_.latents.size());
  kept_.items.resize(t_.latents.size());
  std::size_t scratch = 0;
  for (const std::size_t s : steps_)
    if (t_.kernels[s].scratch_size != nullptr)
      scratch = std::max(scratch, t_.kernels[s].scratch_size(
                                      rows_of(t_.steps[s].node, most) * tile_,
                                      input_events(t_.nodes, bind_.node_at(t_.steps[s].node))));
  scratch_ = aligned_buffer<T>(scratch);
  for (const std::size_t s : steps_)
    if (const node& n = bind_.node_at(t_.steps[s].node); n.what == role::draw) {
      const latent_id m = n.latent;
      const std::size_t rows = rows_of(t_.steps[s].node, most) * tile_;
      weights_[m] = aligned_buffer<T>(rows);
      kept_[m] = aligned_buffer<T>(rows * t_.estimators[m].kept);
    }
  const std::size_t rows = rows_of(draw_node(), most);
  drawn_.assign(rows * variables(), 0);
  reach_ = aligned_buffer<T>(rows * (count + 1));
  if (path().exists()) {
    const auto width = event_size(t_.steps[path().layer].node);
    products_ = aligned_buffer<T>(layout_of(data_node().axes, most).rows * count);
    work_ = aligned_buffer<T>(row_difference_call<T>::work_size(rows, categories(), width));
    data_row_.assign(rows, 0);
  }
}

template <class T>
void alternatives<T>::evaluate(context<T>& c, context<T>& global, const term_scales& scales) {
  const std::size_t count = bind_.cost_probes(latent_);
  const std::size_t rows = layout_of(draw().axes, c.extent).rows;
  T* out = c.latents[latent_].costs.data();
  std::fill_n(out, rows * count, T(0));
  note_drawn(c, rows);
  if (path().exists()) {
    if (sums_.counts(path().likelihood, c)) likelihood_costs(c, rows, scales);
    return;
  }
  const bool own_first = t_.estimators[latent_].probes.own_first;
  if (own_first) sums_.add_drawn_costs(latent_, c, scales, count);
  for (std::size_t first = own_first ? 1 : 0; first < count; first += tile_) {
    const std::size_t size = std::min(tile_, count - first);
    evaluate_tile(c, global, first, size);
    add_terms(c, first, size, count, scales, out);
  }
}

template <class T>
void alternatives<T>::replace_weights(context<T>& c, const term_scales& scales) {
  const std::size_t count = bind_.cost_probes(latent_);
  const row_layout rows = layout_of(draw().axes, c.extent),
                   samples = layout_of(bind_.sample_axes(), c.extent);
  // What the drawn value reaches, to be taken out of its log-weight.
  T* base = reach_.data();
  std::fill_n(base, rows.rows, T(0));
  for (const std::size_t s : sums_.terms())
    if (holds(sums_.term_node(s).depends, latent_)) {
      const T f = sums_.factor(s, scales);
      const std::array<axis_extents, 1> to{rows.step};
      walk(layout_of(sums_.term_node(s).axes, c.extent).extent, to,
           [&](std::size_t row, const auto& at) {
             base[at[0]] += f * c.calls[s].output.value[row];
           });
    }
  const std::array<axis_extents, 1> steps{samples.step};
  const std::size_t k = c.extent[importance_axis], between = samples.step[importance_axis];
  T* costs = c.latents[latent_].costs.data();
  walk(rows.extent, steps, [&](std::size_t row, const auto& at) {
    const std::size_t own = between == 0 ? 0 : at[0] / between % k;
    const T unchanged = std::isfinite(base[row]) ? c.log_weight[at[0]] - base[row]
                                                 : terms_beside(row, at[0], c, scales);
    t_.weighing.replace({c.log_weight.data() + at[0] - own * between, k, between, own, unchanged},
                        costs + row * count, count);
  });
}

template <class T>
T alternatives<T>::terms_beside(std::size_t row, std::size_t sample, const context<T>& c,
                                const term_scales& scales) const {
  const axes own = draw().axes, samples = bind_.sample_axes();
  T total = 0;
  for (const std::size_t s : sums_.terms()) {
    const node& n = sums_.term_node(s);
    if (!sums_.counts(s, c)) continue;
    const bool reached = holds(n.depends, latent_);
    const row_layout rows = layout_of(n.axes | samples, c.extent);
    const std::array<axis_extents, 3> steps{layout_of(n.axes, c.extent).step,
                                            layout_of(samples, c.extent).step,
                                            layout_of(own, c.extent).step};
    const T f = sums_.factor(s, scales);
    walk(rows.extent, steps, [&](std::size_t, const auto& at) {
      if (at[1] == sample && !(reached && at[2] == row))
        total += f * c.calls[s].output.value[at[0]];
    });
  }
  return total;
}

template <class T>
bool alternatives<T>::one_site() const {
  return t_.estimators[latent_].probes.values == probe_set::kind::one_site;
}

template <class T>
std::size_t alternatives<T>::event_size(node_id i) const {
  return static_cast<std::size_t>(bind_.node_at(i).event.size());
}

template <class T>
std::size_t alternatives<T>::rows_of(node_id i, const axis_extents& e) const {
  return layout_of(bind_.node_at(i).axes, e).rows;
}

template <class T>
latent_set alternatives<T>::other_weights(const node& term) const {
  return term.depends & sums_.weighted() & ~sums_.ancestors(latent_) & ~only(latent_);
}

template <class T>
const node& alternatives<T>::data_node() const {
  return bind_.node_at(bind_.node_at(t_.steps[path().likelihood].node).inputs[0]);
}

template <class T>
void alternatives<T>::note_drawn(context<T>& c, std::size_t rows) {
  const T* z = c.draws[latent_].value.value;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < variables(); ++i)
      drawn_[r * variables() + i] = t_.draws[latent_].site(z + r * event_size(draw_node()), i);
}

template <class T>
void alternatives<T>::likelihood_costs(context<T>& c, std::size_t rows, const term_scales& scales) {
  const std::size_t likelihood = path().likelihood;
  const kernel_call<T>&layer = c.calls[path().layer], &density = c.calls[likelihood];
  row_difference_call<T> call;
  call.rows = rows;
  call.variables = variables();
  call.categories = categories();
  call.width = layer.output.size;
  call.hidden = layer.output.value;
  call.weights = t_.kernels[path().layer].one_site_rows(layer);
  call.binary = draw().family.values == support::binary;
  call.drawn = drawn_.data();
  const tensor<T>& x = density.inputs[density.inputs[0].value == layer.output.value ? 1 : 0];
  call.data = x.value;
  const row_layout of_data = layout_of(data_node().axes, c.extent);
  const std::array<axis_extents, 1> steps{of_data.step};
  walk(layout_of(draw().axes, c.extent).extent, steps,
       [&](std::size_t row, const auto& at) { data_row_[row] = at[0]; });
  call.data_row = data_row_.data();
  call.data_rows = of_data.rows;
  call.products = products_.data();
  call.work = work_.data();
  call.costs = c.latents[latent_].costs.data();
  t_.kernels[likelihood].row_differences(call);
  const T f = sums_.factor(likelihood, scales);
  if (f != T(1))
    for (std::size_t i = 0; i < rows * variables() * categories(); ++i) call.costs[i] *= f;
}

template <class T>
tensor<T> alternatives<T>::tile_view(node_id i, context<T>& c, context<T>& global,
                                     const axis_extents& e) {
  if (!within(i)) return bind_.view(i, c, global);
  tensor<T> v = bind_.view(i, c, global);
  const axes a = bind_.node_at(i).axes | axis_bit(probe_axis);
  v.value = values_of_tile_.data() + place_[i];
  v.adjoint = nullptr;
  v.step = layout_of(a, e, v.size).step;
  return v;
}

template <class T>
void alternatives<T>::evaluate_tile(context<T>& c, context<T>& global, std::size_t first,
                                    std::size_t size) {
  axis_extents e = c.extent;
  e[probe_axis] = size;
  write_alternatives(c, first, size);
  for (const std::size_t s : steps_) {
    const step& st = t_.steps[s];
    const node& n = bind_.node_at(st.node);
    if (c.global && !bind_.is_global(st.node)) continue;
    const row_layout rows = layout_of(n.axes | axis_bit(probe_axis), e);
    if (n.what == role::draw) {
      redraw(n.latent, c, global, e, rows);
      continue;
    }
    kernel_call<T> call;
    bind_.bind_call(st, c, global, call);
    if (t_.kernels[s].one_site_update != nullptr && one_site() && st.inputs[0] == draw_node()) {
      t_.kernels[s].one_site_update({call, variables(), categories(), drawn_.data(),
                                     draw().family.values == support::binary, first, size,
                                     tile_view(st.node, c, global, e).value});
      continue;
    }
    call.extent = rows.extent;
    call.rows = rows.rows;
    call.output = tile_view(st.node, c, global, e);
    call.scratch = scratch_.data();
    for (std::size_t j = 0; j < call.arity; ++j)
      call.inputs[j] = tile_view(st.inputs[j], c, global, e);
    loop_nest nest;
    if (st.members.size() > 0) {
      nest = make_loop_nest(call);
      call.nest = &nest;
    }
    t_.kernels[s].forward(call);
  }
}

template <class T>
void alternatives<T>::write_alternatives(context<T>& c, std::size_t first, std::size_t size) {
  const std::size_t rows = layout_of(draw().axes, c.extent).rows, width = event_size(draw_node());
  const T* z = c.draws[latent_].value.value;
  T* out = values_of_tile_.data() + place_[draw_node()];
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t p = 0; p < size; ++p, out += width) {
      if (one_site()) {
        std::copy_n(z + r * width, width, out);
        t_.draws[latent_].set_site(out, (first + p) / categories(), (first + p) % categories());
      } else {
        t_.draws[latent_].probe(c.draws[latent_].estimator, c.draws[latent_], r, first + p, out);
      }
    }
}

template <class T>
void alternatives<T>::redraw(latent_id m, context<T>& c, context<T>& global, const axis_extents& e,
                             const row_layout& rows) {
  draw_rows<T> d = c.draws[m];
  d.path = nullptr;
  d.value = tile_view(t_.latents[m].draw, c, global, e);
  if (const node_id i = t_.latents[m].prior_value; exists(i))
    d.prior_value = tile_view(i, c, global, e);
  d.extent = rows.extent;
  d.rows = rows.rows;
  for (std::size_t j = 0; j < d.parameter_count; ++j)
    d.parameters[j] = tile_view(bind_.node_at(t_.latents[m].draw).inputs[j], c, global, e);
  d.kept = kept_[m].data();
  if (d.probe_weight != nullptr) d.probe_weight = weights_[m].data();
  t_.draws[m].propose(d.estimator, d);
}

template <class T>
void alternatives<T>::add_terms(context<T>& c, std::size_t first, std::size_t size,
                                std::size_t count, const term_scales& scales, T* out) {
  axis_extents e = c.extent;
  e[probe_axis] = size;
  row_layout to = layout_of(draw().axes, c.extent, count);
  to.step[probe_axis] = 1;
  for (const std::size_t s : steps_) {
    const node& n = bind_.node_at(t_.steps[s].node);
    if (!is_term(n) || !sums_.counts(s, c)) continue;
    const row_layout rows = layout_of(n.axes | axis_bit(probe_axis), e);
    const T f = sums_.cost_factor(s, latent_, c, scales);
    const latent_set others = other_weights(n);
    const T* value = values_of_tile_.data() + place_[t_.steps[s].node];
    add_weighted(c, e, rows, to.step, others, [&](std::size_t row, std::size_t at, T w) {
      if (w != 0) out[at + first] += f * w * value[row];
    });
  }
}

template class alternatives<float>;
template class alternatives<double>;

}  // namespace variad::internals
