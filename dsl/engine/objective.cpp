#include <cmath>

#include <variad/dsl/engine/objective.hpp>

namespace variad::internals {
namespace {

template <class T>
double sum_in_double(const T* values, std::size_t n) {
  std::array<double, 8> part{};
  std::size_t i = 0;
  for (; i + part.size() <= n; i += part.size())
    for (std::size_t j = 0; j < part.size(); ++j) part[j] += static_cast<double>(values[i + j]);
  for (; i < n; ++i) part[i % part.size()] += static_cast<double>(values[i]);
  for (std::size_t half = part.size() / 2; half > 0; half /= 2)
    for (std::size_t j = 0; j < half; ++j) part[j] += part[j + half];
  return part[0];
}

}  // namespace

template <class T>
objective_sums<T>::objective_sums(const program_tables<T>& tables, const binder<T>& bind)
    : t_(tables), bind_(bind) {
  known_.resize(t_.steps.size());
  for (std::size_t s = 0; s < t_.steps.size(); ++s) {
    const node& n = term_node(s);
    if (!is_term(n)) continue;
    terms_.push_back(s);
    term& known = known_[s];
    if (n.of_training ||
        (n.what == role::own_term && t_.latents[n.latent].term != latent_info::term_kind::entropy))
      known.factor = -1;
    has_losses_ = has_losses_ || n.of_training;
    for (const plate_id p : t_.plates.ids()) {
      if (!varies_over(n.repeats, p) || p == t_.data_plate) continue;
      if (t_.is_group(p))
        known.repeats |= axis_bit(p);
      else
        known.factor *= static_cast<double>(t_.plates[p].size);
    }
    known.divergence = is_divergence(n);
    known.global = bind_.is_global(t_.steps[s].node);
    known.of_rows = is_of_rows(t_.steps[s].node);
    known.weighted = n.depends & weighted();
  }
  for (const node& n : t_.nodes)
    if (exists(n.reduces)) reduced_ |= axis_bit(n.reduces);
}

template <class T>
T objective_sums<T>::factor(std::size_t s, const term_scales& scales) const {
  const term& known = known_[s];
  double f = known.factor * (known.divergence ? scales.divergence : 1.0);
  if (known.repeats != 0)
    for (const plate_id p : t_.plates.ids())
      if (varies_over(known.repeats, p)) f *= static_cast<double>(bind_.groups()[p]);
  return static_cast<T>(f);
}

template <class T>
bool objective_sums<T>::is_of_rows(node_id i) const {
  const node& n = bind_.node_at(i);
  return varies_over(n.axes | n.repeats, t_.data_plate);
}

template <class T>
T objective_sums<T>::scale(node_id i, const term_scales& scales) const {
  return scale(bind_.is_global(i), is_of_rows(i), scales);
}

template <class T>
T objective_sums<T>::cost_factor(std::size_t s, latent_id l, const context<T>& c,
                                 const term_scales& scales) const {
  const node_id draw = t_.latents[l].draw;
  const bool mean = varies_over(term_node(s).axes & ~bind_.node_at(draw).axes, replicate_axis);
  return factor(s, scales) * scale(t_.steps[s].node, scales) / scale(draw, scales) /
         static_cast<T>(mean ? c.extent[replicate_axis] : 1) / samples_of_loss(s, c);
}

template <class T>
T objective_sums<T>::samples_of_loss(std::size_t s, const context<T>& c) const {
  return static_cast<T>(is_loss(s) && varies_over(term_node(s).axes, importance_axis)
                            ? c.extent[importance_axis]
                            : 1);
}

template <class T>
bool objective_sums<T>::counts(std::size_t s, const context<T>& c) const {
  return known_[s].global == c.global;
}

template <class T>
latent_set objective_sums<T>::weighted() const {
  latent_set w = 0;
  for (const latent_id l : t_.latents.ids())
    if (t_.estimators[l].probes.weighted) w |= only(l);
  return w;
}

template <class T>
latent_set objective_sums<T>::ancestors(latent_id l) const {
  return bind_.node_at(t_.latents[l].draw).depends & ~only(l);
}

template <class T>
void objective_sums<T>::outer_weights(latent_id l, context<T>& c, const term_scales& scales) const {
  const node_id draw = t_.latents[l].draw;
  const axes a = bind_.node_at(draw).axes;
  const row_layout rows = layout_of(a, c.extent);
  const T base = scale(draw, scales) / static_cast<T>(rows.extent[replicate_axis]);
  for_each_weighted(
      c, rows, std::array<axis_extents, 1>{data_steps()}, ancestors(l) & weighted(),
      [&](latent_id m) { return c.draws[m].probe_weight; },
      [&](std::size_t row, const auto& at, T w) {
        c.latents[l].outer_weight[row] = base * w * weight_of_row(c, at[0]);
      });
}

template <class T>
void objective_sums<T>::add_drawn_costs(latent_id l, context<T>& c, const term_scales& scales,
                                        std::size_t probes) const {
  const bool of_all = bind_.is_global(t_.latents[l].draw);
  const row_layout to = layout_of(bind_.node_at(t_.latents[l].draw).axes, c.extent, probes);
  for (const std::size_t s : terms_) {
    if (!counts(s, c) || !holds(term_node(s).depends, l)) continue;
    aligned_buffer<T>& costs =
        bind_.weighs(c) && is_loss(s) ? c.latents[l].losses : c.latents[l].costs;
    const row_layout rows = layout_of(term_node(s).axes, c.extent);
    const T f = cost_factor(s, l, c, scales);
    const latent_set others = term_node(s).depends & weighted() & ~ancestors(l) & ~only(l);
    // Where rows of a plate were taken together, all that it makes is in the cost of each of them.
    const bool coupled = holds(term_node(s).coupled, l);
    const auto chosen = coupled ? row_chooser{} : chooser_of(l, c, to.step);
    const row_layout together =
        layout_of(coupled ? bind_.node_at(t_.latents[l].draw).axes & reduced_ : axes(0), c.extent);
    axis_extents first = to.step;
    for (std::size_t a = 0; a < max_axes; ++a)
      if (together.extent[a] > 1) first[a] = 0;
    for_each_weighted(
        c, rows, std::array<axis_extents, 2>{first, data_steps()}, others,
        [&](latent_id m) { return c.draws[m].probe_weight; },
        [&](std::size_t row, const auto& at, T w) {
          if (of_all) w *= weight_of_row(c, at[1]);
          if (w == 0) return;
          const T cost = f * w * c.calls[s].output.value[row];
          if (together.rows == 1) {
            costs[at[0] + chosen(at[1])] += cost;
          } else {
            walk(together.extent, std::array<axis_extents, 1>{to.step},
                 [&](std::size_t, const auto& r) { costs[at[0] + r[0]] += cost; });
          }
        });
  }
}

template <class T>
void objective_sums<T>::seed_terms(context<T>& c, const term_scales& scales) const {
  c.objective = c.outside = c.loss = 0;
  c.non_finite = node_id::none;
  for (const std::size_t s : terms_) {
    if (!counts(s, c)) continue;
    const kernel_call<T>& call = c.calls[s];
    const T f = factor(s, scales) * scale(known_[s].global, known_[s].of_rows, scales) /
                static_cast<T>(call.extent[replicate_axis]);
    double total = 0;
    T* seed = call.output.adjoint;
    if (known_[s].weighted == 0 && c.weights.empty()) {
      if (seed != nullptr) std::fill_n(seed, call.rows, f);
      total = static_cast<double>(f) * sum_in_double(call.output.value, call.rows);
    } else {
      for_each_weighted(
          c, layout_of(term_node(s).axes, c.extent), std::array<axis_extents, 1>{data_steps()},
          known_[s].weighted, [&](latent_id m) { return c.draws[m].probe_weight; },
          [&](std::size_t row, const auto& at, T w) {
            w *= weight_of_row(c, at[0]);
            if (seed != nullptr) seed[row] = f * w;
            // A value of weight zero counts for nothing, though its logarithm may be −∞.
            if (w != 0)
              total += static_cast<double>(f * w) * static_cast<double>(call.output.value[row]);
          });
    }
    if (is_loss(s))
      c.loss -= total;
    else
      c.objective += total;
    if (!known_[s].of_rows && !is_loss(s)) c.outside += total;
    if (!std::isfinite(total) && !exists(c.non_finite)) c.non_finite = t_.steps[s].node;
  }
}

template <class T>
void objective_sums<T>::weigh_samples(context<T>& c, const term_scales& scales) const {
  const row_layout samples = layout_of(bind_.sample_axes(), c.extent);
  std::fill_n(c.log_weight.data(), samples.rows, T(0));
  for (const std::size_t s : terms_)
    if (counts(s, c) && !is_loss(s))
      add_to_log_weights(
          s, c.extent, scales, [&](std::size_t at) { return c.calls[s].output.value[at]; },
          c.log_weight.data());
  const std::size_t k = c.extent[importance_axis],
                    rest = samples.rows / c.extent[replicate_axis] / k;
  for (std::size_t r = 0; r < c.extent[replicate_axis]; ++r) {
    const std::size_t at = r * k * rest;
    T* const guide = t_.objective.seeds_guide ? c.guide_seed.data() + at : nullptr;
    t_.weighing.evaluate({c.log_weight.data() + at, c.bound.data() + r * rest,
                          c.sample_seed.data() + at, guide, k, rest});
  }
}

template <class T>
void objective_sums<T>::seed_samples(context<T>& c, const term_scales& scales) const {
  c.objective = c.loss = 0;
  c.non_finite = node_id::none;
  const row_layout samples = layout_of(bind_.sample_axes(), c.extent);
  const std::size_t bounds = layout_of(bind_.bound_axes(), c.extent).rows;
  const T base = static_cast<T>(c.global ? scales.outside : scales.row) /
                 static_cast<T>(c.extent[replicate_axis]);
  double total = 0;
  // Rows of data are the innermost axis of bounds and of samples.
  const auto row_weight = [&](std::size_t i) { return weight_of_row(c, i % c.rows); };
  for (std::size_t i = 0; i < bounds; ++i)
    total += static_cast<double>(base * row_weight(i) * c.bound[i]);
  c.objective = total;
  c.outside = c.global ? total : 0;
  for (const std::size_t s : terms_) {
    if (!counts(s, c)) continue;
    const std::size_t n = layout_of(term_node(s).axes, c.extent).rows;
    if (!std::isfinite(static_cast<double>(total)) && !exists(c.non_finite))
      for (std::size_t i = 0; i < n; ++i)
        if (!std::isfinite(c.calls[s].output.value[i])) c.non_finite = t_.steps[s].node;
    T* seed = c.calls[s].output.adjoint;
    if (is_loss(s)) {
      const T mean = factor(s, scales) * scale(known_[s].global, known_[s].of_rows, scales) /
                     static_cast<T>(c.calls[s].extent[replicate_axis]) / samples_of_loss(s, c);
      const std::array<axis_extents, 1> steps{data_steps()};
      double sum = 0;
      walk(layout_of(term_node(s).axes, c.extent).extent, steps,
           [&](std::size_t row, const auto& at) {
             const T f = mean * weight_of_row(c, at[0]);
             if (seed != nullptr) seed[row] = f;
             sum += static_cast<double>(f) * static_cast<double>(c.calls[s].output.value[row]);
           });
      c.loss -= sum;
      if (!std::isfinite(sum) && !exists(c.non_finite)) c.non_finite = t_.steps[s].node;
      continue;
    }
    if (seed == nullptr) continue;
    std::fill_n(seed, n, T(0));
    const axes a = term_node(s).axes;
    const row_layout rows = layout_of(a | bind_.sample_axes(), c.extent);
    const std::array<axis_extents, 2> steps{layout_of(a, c.extent).step, samples.step};
    const T f = factor(s, scales) * base;
    const bool guides = t_.objective.seeds_guide && term_node(s).what == role::own_term;
    const aligned_buffer<T>& seeds = guides ? c.guide_seed : c.sample_seed;
    walk(rows.extent, steps,
         [&](std::size_t, const auto& at) { seed[at[0]] += f * row_weight(at[1]) * seeds[at[1]]; });
  }
  if (!exists(c.non_finite) && !std::isfinite(total)) c.non_finite = t_.steps[terms_.front()].node;
}

template <class T>
void objective_sums<T>::bound_costs(latent_id l, context<T>& c) const {
  const row_layout to = layout_of(bind_.node_at(t_.latents[l].draw).axes, c.extent);
  const std::array<axis_extents, 1> steps{layout_of(bind_.bound_axes(), c.extent).step};
  walk(to.extent, steps,
       [&](std::size_t row, const auto& at) { c.latents[l].costs[row] = c.bound[at[0]]; });
}

template class objective_sums<float>;
template class objective_sums<double>;

}  // namespace variad::internals
