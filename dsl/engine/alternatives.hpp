#pragma once

#include <variad/dsl/engine/objective.hpp>

namespace variad::internals {

/// Evaluates the alternatives of one latent: the slice of the graph downstream of its value, made
/// again for each alternative in tiles that fit the cache. Downstream draws are made again from
/// their new parameters with the same random numbers. An op that reads one-site alternatives may
/// have an update for them. Of a latent whose data are there in part, the rows of a shard that lack
/// some are put together before, and only they are evaluated.
template <class T>
class alternatives {
 public:
  /// Values of one tile, at most, per buffer.
  static constexpr std::size_t tile_values = 1 << 16;

  alternatives(const program_tables<T>& tables, const binder<T>& bind,
               const objective_sums<T>& sums, latent_id latent);

  /// Allocates for a context's capacity.
  void reserve(context<T>& c);
  /// Fills the costs [rows, probes] of the latent in a context with what its terms make there.
  void evaluate(context<T>& c, context<T>& global, const term_scales& scales);
  /// Where samples are weighed, turns the costs, sums over the terms reached, into the values of
  /// the objective with that one sample's weight replaced.
  void replace_weights(context<T>& c, const term_scales& scales);

 private:
  /// The terms of a sample's log-weight that a row of the latent does not reach: where those that
  /// it reaches are infinite at the drawn value, and cannot be taken out of the sum.
  T terms_beside(std::size_t row, std::size_t sample, const context<T>& c,
                 const term_scales& scales) const;

  node_id draw_node() const { return t_.latents[latent_].draw; }
  const node& draw() const { return bind_.node_at(draw_node()); }
  std::size_t variables() const { return static_cast<std::size_t>(draw().declared.size()); }
  std::size_t categories() const { return static_cast<std::size_t>(draw().family.categories); }
  bool one_site() const;
  const one_site_path& path() const { return t_.one_site[latent_]; }
  std::size_t event_size(node_id i) const;
  std::size_t rows_of(node_id i, const axis_extents& e) const;
  bool within(node_id i) const { return place_[i] != nowhere; }

  /// Latents whose weights a term of the latent's costs is to be multiplied by.
  latent_set other_weights(const node& term) const;
  /// What the likelihood of the fast path is a likelihood of.
  const node& data_node() const;

  void reserve_few(const context<T>& c);
  /// Of the rows of a context that lack nothing of the latent's data none is evaluated: those that
  /// lack some, by the place of their datum.
  void choose_rows(const context<T>& c);
  /// Copies what the slice reads of the chosen rows to the context of those rows alone.
  void gather(context<T>& c, context<T>& global);
  /// And the costs back.
  void scatter(context<T>& c);
  /// Calls f(place among all rows, place among the chosen) for what a node of these axes has of
  /// each chosen row, `size` values a row.
  template <class F>
  void for_each_chosen(axes of, std::size_t size, const axis_extents& all, F&& f) const;

  void evaluate_rows(context<T>& c, context<T>& global, const term_scales& scales);

  void note_drawn(context<T>& c, std::size_t rows);

  void likelihood_costs(context<T>& c, context<T>& global, std::size_t rows,
                        const term_scales& scales);

  /// The view of a node in the tile: alternatives are the innermost axis of its rows.
  tensor<T> tile_view(node_id i, context<T>& c, context<T>& global, const axis_extents& e);

  void evaluate_tile(context<T>& c, context<T>& global, std::size_t first, std::size_t size);

  void write_alternatives(context<T>& c, std::size_t first, std::size_t size);

  void redraw(latent_id m, context<T>& c, context<T>& global, const axis_extents& e,
              const row_layout& rows);

  void add_terms(context<T>& c, std::size_t first, std::size_t size, std::size_t count,
                 const term_scales& scales);

  /// As objective_sums::for_each_weighted, with the weights of draws that were made again, and of
  /// the rows where the latent is of all of them.
  template <class F>
  void add_weighted(context<T>& c, const axis_extents& e, const row_layout& rows,
                    const axis_extents& to, latent_set set, F&& f) {
    std::array<axis_extents, max_latents + 2> steps;
    std::array<const T*, max_latents> weight;
    std::array<typename objective_sums<T>::row_chooser, max_latents> chooser;
    const auto chosen = sums_.chooser_of(latent_, c, to);
    std::size_t n = 0;
    steps[0] = to;
    steps[1] = sums_.data_steps();
    const bool of_all = bind_.is_global(draw_node());
    for (const latent_id m : t_.latents.ids())
      if (holds(set, m)) {
        const bool again = within(t_.latents[m].draw);
        const axes a = bind_.node_at(t_.latents[m].draw).axes;
        weight[n] = again ? weights_[m].data() : c.draws[m].probe_weight;
        steps[n + 2] = layout_of(again ? a | axis_bit(probe_axis) : a, e).step;
        chooser[n] = sums_.chooser_of(m, c, steps[n + 2]);
        ++n;
      }
    const auto step = [&](std::size_t i, std::size_t a) { return steps[i][a]; };
    walk<max_latents + 2>(rows.extent, max_axes, n + 2, step, [&](std::size_t row, const auto& at) {
      T w = of_all ? sums_.weight_of_row(c, at[1]) : T(1);
      for (std::size_t i = 0; i < n; ++i) w *= weight[i][at[i + 2] + chooser[i](at[1])];
      f(row, at[0] + chosen(at[1]), w);
    });
  }

  const program_tables<T>& t_;
  const binder<T>& bind_;
  const objective_sums<T>& sums_;
  latent_id latent_;
  std::vector<std::size_t> steps_;
  std::size_t tile_ = 1;
  id_vector<node_id, std::size_t> place_;
  std::vector<std::size_t> drawn_;
  std::vector<std::size_t> data_row_;  // of each row
  aligned_buffer<T> values_of_tile_, reach_, products_, work_, scratch_;
  id_vector<latent_id, aligned_buffer<T>> weights_, kept_;
  // Where the latent's data may have gaps: the rows that lack some, and a context of them alone.
  std::unique_ptr<context<T>> few_;
  std::vector<std::size_t> chosen_;
  std::vector<node_id> read_;  ///< nodes of the rows of a shard that the slice reads
};

}  // namespace variad::internals
