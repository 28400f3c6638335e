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
  if (draw().has_gaps && !bind_.is_global(draw_node()) && !c.global) reserve_few(c);
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
void alternatives<T>::reserve_few(const context<T>& c) {
  const auto reads = [&](node_id i) {
    if (!bind_.is_global(i) && std::find(read_.begin(), read_.end(), i) == read_.end())
      read_.push_back(i);
  };
  read_.clear();
  reads(draw_node());
  for (const node_id i : draw().inputs) reads(i);
  for (const std::size_t s : steps_) {
    for (const node_id i : t_.steps[s].inputs) reads(i);
    if (t_.kernels[s].one_site_update != nullptr) reads(t_.steps[s].node);
  }
  for (const plate_info& p : t_.plates)
    if (exists(p.index) && bind_.node_at(p.index).active) reads(p.index);
  few_ = std::make_unique<context<T>>();
  few_->capacity = c.capacity;
  few_->extent = c.extent;
  few_->memory.values = aligned_buffer<T>(c.memory.values.size());
  few_->gradient = aligned_buffer<T>(c.gradient.size());
  few_->scratch = aligned_buffer<T>(c.scratch.size());
  few_->row_ids.assign(c.capacity, 0);
  few_->weight_buffer.assign(c.capacity, T(1));
  few_->draws.items.assign(t_.latents.size(), {});
  few_->latents.items.resize(t_.latents.size());
  for (const latent_id l : t_.latents.ids()) {
    few_->latents[l].kept = aligned_buffer<T>(c.latents[l].kept.size());
    few_->latents[l].probe_weight = aligned_buffer<T>(c.latents[l].probe_weight.size());
  }
  few_->latents[latent_].costs = aligned_buffer<T>(c.latents[latent_].costs.size());
  few_->latents[latent_].losses = aligned_buffer<T>(c.latents[latent_].losses.size());
  chosen_.reserve(c.capacity);
}

template <class T>
void alternatives<T>::choose_rows(const context<T>& c) {
  const draw_rows<T>& d = c.draws[latent_];
  chosen_.clear();
  const node& known = bind_.node_at(draw().inputs[draw().arity + 1]);
  const row_layout rows = layout_of(known.axes, c.extent);
  const std::size_t within = rows.rows / c.rows * d.known.size;  // of one datum
  for (std::size_t r = 0; r < c.rows; ++r) {
    const T* const begin = d.known.value + r * within;
    if (std::any_of(begin, begin + within, [](T x) { return !(x > T(0)); })) chosen_.push_back(r);
  }
}

template <class T>
template <class F>
void alternatives<T>::for_each_chosen(axes of, std::size_t size, const axis_extents& all,
                                      F&& f) const {
  const std::size_t axis = axis_of(t_.data_plate);
  const row_layout from = layout_of(of, all, size), to = layout_of(of, few_->extent, size);
  axis_extents rest = to.extent;
  rest[axis] = 1;
  walk(rest, std::array<axis_extents, 2>{from.step, to.step}, [&](std::size_t, const auto& at) {
    for (std::size_t k = 0; k < chosen_.size(); ++k)
      f(at[0] + chosen_[k] * from.step[axis], at[1] + k * to.step[axis]);
  });
}

template <class T>
void alternatives<T>::gather(context<T>& c, context<T>& global) {
  few_->rows = chosen_.size();
  few_->extent = bind_.extents(few_->rows);
  few_->run = c.run;
  few_->weights =
      c.weights.empty() ? std::span<T>{} : std::span<T>(few_->weight_buffer).first(few_->rows);
  for (std::size_t k = 0; k < chosen_.size(); ++k) {
    few_->row_ids[k] = c.row_ids[chosen_[k]];
    if (!c.weights.empty()) few_->weights[k] = c.weights[chosen_[k]];
  }
  const auto copy = [&](axes of, std::size_t size, const T* from, T* to) {
    if (size > 0)
      for_each_chosen(of, size, c.extent, [&](std::size_t at, std::size_t chosen) {
        std::copy_n(from + at, size, to + chosen);
      });
  };
  for (const node_id i : read_) {
    const tensor<T> from = bind_.view(i, c, global), to = bind_.view(i, *few_, global);
    copy(bind_.node_at(i).axes, from.size, from.value, to.value);
  }
  for (const latent_id m : t_.latents.ids()) {
    const draw_rows<T>& d = c.draws[m];
    draw_rows<T>& few = few_->draws[m];
    few = {};
    bind_.bind_draw(m, *few_, global, few);
    few.estimator = d.estimator;
    few.state = d.state;
    few.step = d.step;
    few.random = d.random;
    const node_id i = t_.latents[m].draw;
    if (bind_.is_global(i)) continue;
    if (m == latent_) copy(bind_.node_at(i).axes, d.kept_size, d.kept, few.kept);
    if (d.probe_weight != nullptr) copy(bind_.node_at(i).axes, 1, d.probe_weight, few.probe_weight);
  }
}

template <class T>
void alternatives<T>::scatter(context<T>& c) {
  const std::size_t count = bind_.cost_probes(latent_);
  const std::size_t first = t_.estimators[latent_].probes.own_first ? 1 : 0;
  latent_buffers<T>&of_all = c.latents[latent_], &of_few = few_->latents[latent_];
  for_each_chosen(draw().axes, count, c.extent, [&](std::size_t at, std::size_t chosen) {
    std::copy_n(of_few.costs.data() + chosen + first, count - first,
                of_all.costs.data() + at + first);
    if (!of_all.losses.empty())
      std::copy_n(of_few.losses.data() + chosen + first, count - first,
                  of_all.losses.data() + at + first);
  });
}

template <class T>
void alternatives<T>::evaluate(context<T>& c, context<T>& global, const term_scales& scales) {
  const std::size_t count = bind_.cost_probes(latent_);
  const std::size_t values = layout_of(draw().axes, c.extent).rows * count;
  std::fill_n(c.latents[latent_].costs.data(), values, T(0));
  c.latents[latent_].losses.fill(T(0));
  if (t_.estimators[latent_].probes.own_first) sums_.add_drawn_costs(latent_, c, scales, count);
  if (few_ == nullptr) return evaluate_rows(c, global, scales);
  choose_rows(c);
  if (chosen_.size() == c.rows) return evaluate_rows(c, global, scales);
  if (chosen_.empty()) return;
  gather(c, global);
  std::fill_n(few_->latents[latent_].costs.data(), values, T(0));
  few_->latents[latent_].losses.fill(T(0));
  evaluate_rows(*few_, global, scales);
  scatter(c);
}

template <class T>
void alternatives<T>::evaluate_rows(context<T>& c, context<T>& global, const term_scales& scales) {
  const std::size_t count = bind_.cost_probes(latent_);
  const std::size_t rows = layout_of(draw().axes, c.extent).rows;
  note_drawn(c, rows);
  if (path().exists()) {
    if (sums_.counts(path().likelihood, c)) likelihood_costs(c, global, rows, scales);
    return;
  }
  for (std::size_t first = t_.estimators[latent_].probes.own_first ? 1 : 0; first < count;
       first += tile_) {
    const std::size_t size = std::min(tile_, count - first);
    evaluate_tile(c, global, first, size);
    add_terms(c, first, size, count, scales);
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
    if (holds(sums_.term_node(s).depends, latent_) && !sums_.is_loss(s)) {
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
    if (!sums_.counts(s, c) || sums_.is_loss(s)) continue;
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
void alternatives<T>::likelihood_costs(context<T>& c, context<T>& global, std::size_t rows,
                                       const term_scales& scales) {
  const std::size_t likelihood = path().likelihood;
  kernel_call<T> layer, density;
  bind_.bind_call(t_.steps[path().layer], c, global, layer);
  bind_.bind_call(t_.steps[likelihood], c, global, density);
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
      observe(c.draws[latent_], r, out);
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
  observe(d);
}

template <class T>
void alternatives<T>::add_terms(context<T>& c, std::size_t first, std::size_t size,
                                std::size_t count, const term_scales& scales) {
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
    latent_buffers<T>& b = c.latents[latent_];
    T* const out = (bind_.weighs(c) && sums_.is_loss(s) ? b.losses : b.costs).data();
    add_weighted(c, e, rows, to.step, others, [&](std::size_t row, std::size_t at, T w) {
      if (w != 0) out[at + first] += f * w * value[row];
    });
  }
}

template class alternatives<float>;
template class alternatives<double>;

}  // namespace variad::internals
