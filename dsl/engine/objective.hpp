#pragma once

#include <cmath>
#include <limits>

#include <variad/dsl/engine/binder.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// Adds up the terms of the objective: its value, the seeds of the backward pass, and the costs of
/// the latents.
template <class T>
class objective_sums {
 public:
  objective_sums(const program_tables<T>& tables, const binder<T>& bind) : t_(tables), bind_(bind) {
    for (std::size_t s = 0; s < t_.steps.size(); ++s)
      if (is_term(bind_.node_at(t_.steps[s].node))) terms_.push_back(s);
  }

  const std::vector<std::size_t>& terms() const { return terms_; }
  const node& term_node(std::size_t s) const { return bind_.node_at(t_.steps[s].node); }

  /// The sign and weight of a term in the bound, per row.
  T factor(std::size_t s, const term_scales& scales) const {
    const node& n = term_node(s);
    bool negative = false;
    if (n.what == role::own_term)
      negative =
          t_.latents[static_cast<std::size_t>(n.latent)].term != latent_info::term_kind::entropy;
    return static_cast<T>((negative ? -1.0 : 1.0) * (is_divergence(n) ? scales.divergence : 1.0));
  }
  T scale(int i, const term_scales& scales) const {
    return static_cast<T>(bind_.is_global(i) ? 1.0 : scales.data);
  }
  /// What a row of a term counts in the cost of a latent: a sum over the plates that the latent is
  /// outside of, a mean over the replicates where it has none itself.
  T cost_factor(std::size_t s, std::size_t l, const context<T>& c,
                const term_scales& scales) const {
    const int draw = t_.latents[l].draw;
    const bool mean = (term_node(s).axes & ~bind_.node_at(draw).axes) >> replicate_axis & 1;
    return factor(s, scales) * scale(t_.steps[s].node, scales) / scale(draw, scales) /
           static_cast<T>(mean ? c.extent[replicate_axis] : 1);
  }
  /// Terms that one context counts: the global one those outside the data plate.
  bool counts(std::size_t s, const context<T>& c) const {
    return bind_.is_global(t_.steps[s].node) == c.global;
  }

  /// Weighted latents among a set.
  latent_set weighted() const {
    latent_set w = 0;
    for (std::size_t l = 0; l < t_.latents.size(); ++l)
      if (t_.estimators[l].probes.weighted) w |= latent_set(1) << l;
    return w;
  }

  /// Calls f(row, offset in rows of steps[0], product of the weights of `set`) for the rows of a
  /// set of axes. `weight_of(l)` gives the weight buffer of a latent.
  template <class WeightOf, class F>
  void for_each_weighted(const row_layout& rows, const axis_extents& to, latent_set set,
                         const axis_extents& extent, WeightOf&& weight_of, F&& f) const {
    std::array<axis_extents, max_latents + 1> steps{};
    std::array<const T*, max_latents> weight{};
    std::size_t n = 0;
    steps[0] = to;
    for (std::size_t l = 0; l < t_.latents.size(); ++l)
      if (set >> l & 1) {
        weight[n] = weight_of(l);
        steps[++n] = layout_of(bind_.node_at(t_.latents[l].draw).axes, extent).step;
      }
    walk(rows.extent, {steps.data(), n + 1}, [&](std::size_t row, const auto& at) {
      T w = 1;
      for (std::size_t i = 0; i < n; ++i) w *= weight[i][at[i + 1]];
      f(row, at[0], w);
    });
  }

  latent_set ancestors(std::size_t l) const {
    return bind_.node_at(t_.latents[l].draw).depends & ~(latent_set(1) << l);
  }

  /// What an estimate of each row of a latent is multiplied by.
  void outer_weights(std::size_t l, context<T>& c, const term_scales& scales) const {
    const int draw = t_.latents[l].draw;
    const axes a = bind_.node_at(draw).axes;
    const row_layout rows = layout_of(a, c.extent);
    const T base = scale(draw, scales) / static_cast<T>(rows.extent[replicate_axis]);
    for_each_weighted(
        rows, rows.step, ancestors(l) & weighted(), c.extent,
        [&](std::size_t m) { return c.draws[m].probe_weight; },
        [&](std::size_t row, std::size_t, T w) { c.latents[l].outer_weight[row] = base * w; });
  }

  /// The part of the latent's costs that the terms of this context make, at the drawn values.
  void drawn_costs(std::size_t l, context<T>& c, const term_scales& scales) const {
    aligned_buffer<T>& costs = c.latents[l].costs;
    const int draw = t_.latents[l].draw;
    const row_layout to = layout_of(bind_.node_at(draw).axes, c.extent);
    std::fill_n(costs.data(), to.rows, T(0));
    for (const std::size_t s : terms_) {
      if (!counts(s, c) || !(term_node(s).depends >> l & 1)) continue;
      const row_layout rows = layout_of(term_node(s).axes, c.extent);
      const T f = cost_factor(s, l, c, scales);
      const latent_set others =
          term_node(s).depends & weighted() & ~ancestors(l) & ~(latent_set(1) << l);
      for_each_weighted(
          rows, to.step, others, c.extent, [&](std::size_t m) { return c.draws[m].probe_weight; },
          [&](std::size_t row, std::size_t at, T w) {
            costs[at] += f * w * c.calls[s].output.value[row];
          });
    }
  }

  /// Seeds of the backward pass, and the value of the objective, for `elbo`: the mean over
  /// replicates of the terms, weighted where latents are.
  void seed_elbo(context<T>& c, const term_scales& scales) const {
    c.objective = 0;
    c.non_finite = -1;
    for (const std::size_t s : terms_) {
      if (!counts(s, c)) continue;
      const row_layout rows = layout_of(term_node(s).axes, c.extent);
      const T f = factor(s, scales) * scale(t_.steps[s].node, scales) /
                  static_cast<T>(rows.extent[replicate_axis]);
      double total = 0;
      T* seed = c.calls[s].output.adjoint;
      for_each_weighted(
          rows, rows.step, term_node(s).depends & weighted(), c.extent,
          [&](std::size_t m) { return c.draws[m].probe_weight; },
          [&](std::size_t row, std::size_t, T w) {
            if (seed != nullptr) seed[row] = f * w;
            total += static_cast<double>(f * w) * static_cast<double>(c.calls[s].output.value[row]);
          });
      c.objective += total;
      if (!std::isfinite(total) && c.non_finite < 0) c.non_finite = t_.steps[s].node;
    }
  }

  /// Adds a term to log-weights over `sample_axes`, repeated over the axes that it lacks.
  template <class Value>
  void add_to_log_weights(std::size_t s, const axis_extents& extent, const term_scales& scales,
                          Value&& value, T* log_weight) const {
    const axes a = term_node(s).axes;
    const row_layout rows = layout_of(static_cast<axes>(a | bind_.sample_axes()), extent);
    const std::array<axis_extents, 2> steps{layout_of(bind_.sample_axes(), extent).step,
                                            layout_of(a, extent).step};
    const T f = factor(s, scales);
    walk(rows.extent, steps,
         [&](std::size_t, const auto& at) { log_weight[at[0]] += f * value(at[1]); });
  }

  /// log w of every sample, and the bound of every datum: log of the mean of w.
  void log_weights(context<T>& c, const term_scales& scales) const {
    const row_layout samples = layout_of(bind_.sample_axes(), c.extent);
    std::fill_n(c.log_weight.data(), samples.rows, T(0));
    for (const std::size_t s : terms_)
      add_to_log_weights(
          s, c.extent, scales, [&](std::size_t at) { return c.calls[s].output.value[at]; },
          c.log_weight.data());
    const std::size_t k = c.extent[importance_axis],
                      rest = samples.rows / c.extent[replicate_axis] / k;
    for (std::size_t r = 0; r < c.extent[replicate_axis]; ++r)
      log_means(c.log_weight.data() + r * k * rest, k, rest, c.bound.data() + r * rest,
                c.sample_weight.data() + r * k * rest);
  }

  /// Seeds and value of `iwae`: each sample counts by its normalised weight.
  void seed_iwae(context<T>& c, const term_scales& scales) const {
    c.objective = 0;
    c.non_finite = -1;
    const row_layout samples = layout_of(bind_.sample_axes(), c.extent);
    const std::size_t bounds = layout_of(bind_.bound_axes(), c.extent).rows;
    const T base =
        static_cast<T>(scales_of_rows(scales)) / static_cast<T>(c.extent[replicate_axis]);
    double total = 0;
    for (std::size_t i = 0; i < bounds; ++i) total += static_cast<double>(base * c.bound[i]);
    c.objective = total;
    for (const std::size_t s : terms_) {
      const std::size_t n = layout_of(term_node(s).axes, c.extent).rows;
      if (!std::isfinite(static_cast<double>(total)) && c.non_finite < 0)
        for (std::size_t i = 0; i < n; ++i)
          if (!std::isfinite(c.calls[s].output.value[i])) c.non_finite = t_.steps[s].node;
      T* seed = c.calls[s].output.adjoint;
      if (seed == nullptr) continue;
      std::fill_n(seed, n, T(0));
      const axes a = term_node(s).axes;
      const row_layout rows = layout_of(static_cast<axes>(a | bind_.sample_axes()), c.extent);
      const std::array<axis_extents, 2> steps{layout_of(a, c.extent).step, samples.step};
      const T f = factor(s, scales) * base;
      walk(rows.extent, steps,
           [&](std::size_t, const auto& at) { seed[at[0]] += f * c.sample_weight[at[1]]; });
    }
    if (c.non_finite < 0 && !std::isfinite(total)) c.non_finite = t_.steps[terms_.front()].node;
  }

  /// The costs of a latent at the drawn values under `iwae`: the bound, for each of its samples.
  void bound_costs(std::size_t l, context<T>& c) const {
    const row_layout to = layout_of(bind_.node_at(t_.latents[l].draw).axes, c.extent);
    const std::array<axis_extents, 1> steps{layout_of(bind_.bound_axes(), c.extent).step};
    walk(to.extent, steps,
         [&](std::size_t row, const auto& at) { c.latents[l].costs[row] = c.bound[at[0]]; });
  }

  /// Of x [k, n]: the log of the mean of exp x over the first axis [n], and softmax x over it.
  static void log_means(const T* x, std::size_t k, std::size_t n, T* mean, T* weight) {
    for_each_vector<T>(n, [&]<class V>(std::size_t j) {
      V top = load_as<V>(x + j);
      for (std::size_t i = 1; i < k; ++i) top = math::max(top, load_as<V>(x + i * n + j));
      top = math::max(top, V(std::numeric_limits<T>::lowest()));  // of nothing but −inf
      V total(T(0));
      for (std::size_t i = 0; i < k; ++i) {
        const V w = math::exp(V(load_as<V>(x + i * n + j) - top));
        store(weight + i * n + j, w);
        total += w;
      }
      store(mean + j, V(top + math::log(V(total / V(static_cast<T>(k))))));
      for (std::size_t i = 0; i < k; ++i)
        store(weight + i * n + j, V(load_as<V>(weight + i * n + j) / total));
    });
  }

 private:
  double scales_of_rows(const term_scales& scales) const {
    return t_.data_plate >= 0 ? scales.data : 1.0;
  }

  const program_tables<T>& t_;
  const binder<T>& bind_;
  std::vector<std::size_t> terms_;
};

}  // namespace variad
