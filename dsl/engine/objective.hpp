#pragma once

#include <algorithm>

#include <variad/dsl/engine/binder.hpp>

namespace variad::internals {

/// Adds up the terms of the objective: its value, the seeds of the backward pass, and the costs of
/// the latents.
template <class T>
class objective_sums {
 public:
  objective_sums(const program_tables<T>& tables, const binder<T>& bind);

  const std::vector<std::size_t>& terms() const { return terms_; }
  const node& term_node(std::size_t s) const { return bind_.node_at(t_.steps[s].node); }

  /// The sign and weight of a term in the bound, per row; a row that stands for all rows of a plate
  /// of stated size counts for each.
  T factor(std::size_t s, const term_scales& scales) const;
  /// What a row of a node counts: of the data plate, for all of the batch, or outside of it.
  T scale(node_id i, const term_scales& scales) const;
  /// What a row of a term counts in the cost of a latent: a sum over the plates that the latent is
  /// outside of, a mean over the replicates where it has none itself.
  T cost_factor(std::size_t s, latent_id l, const context<T>& c, const term_scales& scales) const;
  /// Terms that one context counts: the global one those outside the data plate.
  bool counts(std::size_t s, const context<T>& c) const;

  /// Whether a term is a loss, which is outside of all bounds.
  bool is_loss(std::size_t s) const { return term_node(s).of_training; }
  bool has_losses() const { return has_losses_; }

  /// Weighted latents among a set.
  latent_set weighted() const;

  /// The place of a row in the data plate, as steps along the axes.
  axis_extents data_steps() const {
    axis_extents e{};
    if (exists(t_.data_plate)) e[axis_of(t_.data_plate)] = 1;
    return e;
  }
  /// The weight of a row of the data.
  static T weight_of_row(const context<T>& c, std::size_t row) {
    return c.weights.empty() ? T(1) : c.weights[row];
  }

  /// Calls f(row, offsets, product of the weights of `set`) for the rows of a set of axes in a
  /// context, where offsets[i] is the row's place by the steps to[i]. `weight_of(l)` gives the
  /// weight buffer of a latent.
  template <std::size_t K, class WeightOf, class F>
  void for_each_weighted(context<T>& c, const row_layout& rows,
                         const std::array<axis_extents, K>& to, latent_set set,
                         WeightOf&& weight_of, F&& f) const {
    std::array<axis_extents, max_latents + K + 1> steps;
    std::array<const T*, max_latents> weight;
    std::array<row_chooser, max_latents> chooser;
    std::size_t n = 0;
    std::copy(to.begin(), to.end(), steps.begin());
    for (const latent_id l : t_.latents.ids())
      if (holds(set, l)) {
        const row_layout own = layout_of(bind_.node_at(t_.latents[l].draw).axes, c.extent);
        weight[n] = weight_of(l);
        chooser[n] = chooser_of(l, c, own.step);
        steps[K + n++] = own.step;
      }
    steps[K + n] = data_steps();
    const auto step = [&](std::size_t i, std::size_t a) { return steps[i][a]; };
    walk<max_latents + K + 1>(rows.extent, max_axes, K + n + 1, step,
                              [&](std::size_t row, const auto& at) {
                                T w = 1;
                                for (std::size_t i = 0; i < n; ++i)
                                  w *= weight[i][at[K + i] + chooser[i](at[K + n])];
                                f(row, at, w);
                              });
  }

  /// Where rows of the data plate choose rows of a latent of another plate: the way from its first
  /// row to that of a datum.
  struct row_chooser {
    const T* index = nullptr;
    std::size_t step = 0;
    std::size_t operator()(std::size_t datum) const {
      return index == nullptr ? 0 : static_cast<std::size_t>(index[datum]) * step;
    }
  };
  /// Of a latent whose rows lie by these steps, for what a context has of the data plate.
  row_chooser chooser_of(latent_id l, context<T>& c, const axis_extents& steps) const {
    if (c.global) return {};
    for (const plate_id p : t_.plates.ids())
      if (const node_id index = t_.plates[p].index;
          exists(index) && bind_.node_at(index).active &&
          varies_over(bind_.node_at(t_.latents[l].draw).axes, p))
        return {bind_.view(index, c, c).value, steps[axis_of(p)]};
    return {};
  }

  latent_set ancestors(latent_id l) const;

  /// What an estimate of each row of a latent is multiplied by.
  void outer_weights(latent_id l, context<T>& c, const term_scales& scales) const;

  /// Adds the part of the latent's costs that the terms of this context make at the drawn values:
  /// the first of `probes` costs in each row. Where samples are weighed that of losses, which are
  /// averaged over them, is apart.
  void add_drawn_costs(latent_id l, context<T>& c, const term_scales& scales,
                       std::size_t probes) const;
  /// Where samples are weighed, and the costs of a latent are values of the bound, adds what losses
  /// make of them.
  void add_losses(latent_id l, context<T>& c) const {
    latent_buffers<T>& b = c.latents[l];
    for (std::size_t i = 0; i < b.losses.size(); ++i) b.costs[i] += b.losses[i];
  }

  /// Seeds of the backward pass, and the value of the objective, where samples are not weighed
  /// against each other: the mean over replicates of the terms, weighted where latents are.
  void seed_terms(context<T>& c, const term_scales& scales) const;

  /// Adds a term to log-weights over `sample_axes`, repeated over the axes that it lacks.
  template <class Value>
  void add_to_log_weights(std::size_t s, const axis_extents& extent, const term_scales& scales,
                          Value&& value, T* log_weight) const {
    const axes a = term_node(s).axes;
    const row_layout rows = layout_of(a | bind_.sample_axes(), extent);
    const std::array<axis_extents, 2> steps{layout_of(bind_.sample_axes(), extent).step,
                                            layout_of(a, extent).step};
    const T f = factor(s, scales);
    walk(rows.extent, steps,
         [&](std::size_t, const auto& at) { log_weight[at[0]] += f * value(at[1]); });
  }

  /// log w of every sample, and what the objective makes of them: the value of every datum, and the
  /// seeds of its samples.
  void weigh_samples(context<T>& c, const term_scales& scales) const;

  /// Seeds of the backward pass, and the value of the objective, where samples are weighed.
  void seed_samples(context<T>& c, const term_scales& scales) const;

  /// The costs of a latent at the drawn values where samples are weighed: the value of the datum,
  /// for each of its samples.
  void bound_costs(latent_id l, context<T>& c) const;

 private:
  /// Samples that a loss is averaged over where they are weighed; 1 for what is none.
  T samples_of_loss(std::size_t s, const context<T>& c) const;
  /// Whether node i counts for the rows of the data plate.
  bool is_of_rows(node_id i) const;

  /// What is known of a term before the first step.
  struct term {
    double factor = 1;        ///< its sign and weight, but for that of the divergence
    axes repeats = 0;         ///< plates sized by the data that it counts for each row of
    bool divergence = false;  ///< the weight of the divergence counts, too
    bool global = false;      ///< outside the data plate
    bool of_rows = false;     ///< counts for the rows of the data plate
    latent_set weighted = 0;  ///< latents whose weights it has
  };
  static T scale(bool global, bool of_rows, const term_scales& scales) {
    return static_cast<T>(!global ? scales.row : of_rows ? scales.batch : scales.outside);
  }

  const program_tables<T>& t_;
  const binder<T>& bind_;
  std::vector<std::size_t> terms_;
  std::vector<term> known_;  // by step
  axes reduced_ = 0;         ///< of the plates that some op takes together
  bool has_losses_ = false;
};

}  // namespace variad::internals
