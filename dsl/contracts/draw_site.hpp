#pragma once

#include <algorithm>
#include <span>

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/contracts/stream_places.hpp>
#include <variad/dsl/contracts/weighing.hpp>
#include <variad/runtime/random/words.hpp>

namespace variad {

namespace internals {

/// Values of scratch that an estimator may use: four of each category of each variable; variables
/// that are not discrete count as one category.
constexpr std::size_t estimator_scratch(std::size_t variables, std::size_t categories) {
  return 4 * variables * std::max<std::size_t>(categories, 1);
}

/// The rows of one latent in one shard, as the engine hands them to an estimator: everything but
/// the family's type.
template <class T>
struct draw_rows {
  const void* estimator = nullptr;
  tensor<T> value;
  tensor<T> prior_value;  ///< what the prior reads, where that is another value
  // Where its data may have gaps: the data as values, and of each variable 1 where it is known.
  tensor<T> data, known;
  bool feeds_draws = false;   ///< another draw depends on its value
  axis_extents extent{};      ///< of the rows of the value
  std::size_t rows = 0;       ///< their product
  std::size_t variables = 1;  ///< declared variables of one event
  std::array<tensor<T>, max_family_parameters> parameters{};
  std::array<std::size_t, max_family_parameters> full{};  ///< elements of each whole parameter
  std::size_t parameter_count = 0;
  T* kept = nullptr;  ///< [rows, kept_size]
  std::size_t kept_size = 0;
  const T* costs = nullptr;  ///< [rows, probes]
  std::size_t probes = 1;
  const T* outer_weight = nullptr;  ///< [rows]
  T* probe_weight = nullptr;        ///< [rows], where probes are weighted
  stream_key random{};
  const std::uint32_t* row_ids = nullptr;
  std::size_t plate_axis = max_axes;
  std::size_t enumerated_axis = max_axes;  ///< its own, where it is enumerated
  std::uint64_t step = 0;
  std::span<const T> state{};     ///< what earlier steps left
  std::span<T> update{};          ///< what this shard adds to it
  const T* log_weight = nullptr;  ///< of the samples that an objective weighs
  axis_extents log_weight_step{};
  void (*replace)(const replaced_weight<T>&, T*, std::size_t) = nullptr;  ///< objective_code
  tensor<T> network;  ///< the value of its estimator's network
  // Of a surrogate, a row each: the adjoint of the draw's value as the network reads it, the
  // direction that it is differentiated along, and the derivative of the network's adjoint.
  const T* network_adjoint = nullptr;
  T* direction = nullptr;
  T* network_along = nullptr;
  T* scratch = nullptr;  ///< whole parameters, their adjoints, then what an estimator may use
  /// Where values are made of the noise that is kept, element by element: that as a call.
  const kernel_call<T>* path = nullptr;
  void (*move)(const kernel_call<T>&) = nullptr;
  void (*move_back)(const kernel_call<T>&) = nullptr;
};

/// Calls f(row, variable) for what is known of the rows of a draw, and all(row) where all of a row
/// is.
template <class T, class F, class All>
void for_each_known(const draw_rows<T>& d, F&& f, All&& all) {
  if (d.known.value == nullptr) return;
  for (std::size_t row = 0; row < d.rows; ++row) {
    const T* const known = d.known.value + offset_of(row, d.extent, d.known.step);
    std::size_t count = 0;
    for (std::size_t i = 0; i < d.variables; ++i)
      if (known[i] > T(0)) {
        f(row, i);
        ++count;
      }
    if (count == d.variables) all(row);
  }
}

/// Puts the data in the place of what was drawn, where they are known. A row of which all is has
/// the weight 1.
template <class T>
void observe(const draw_rows<T>& d) {
  const std::size_t width = d.value.size / d.variables;
  for_each_known(
      d,
      [&](std::size_t row, std::size_t i) {
        const T* const datum = d.data.value + offset_of(row, d.extent, d.data.step) + i * width;
        std::copy_n(datum, width, d.value.value + row * d.value.size + i * width);
        if (d.prior_value.value != nullptr)
          std::copy_n(datum, width, d.prior_value.value + row * d.value.size + i * width);
      },
      [&](std::size_t row) {
        if (d.probe_weight != nullptr && d.enumerated_axis == max_axes) d.probe_weight[row] = T(1);
      });
}
/// The same in one alternative of a row.
template <class T>
void observe(const draw_rows<T>& d, std::size_t row, T* value) {
  if (d.known.value == nullptr) return;
  const std::size_t width = d.value.size / d.variables;
  const T *const known = d.known.value + offset_of(row, d.extent, d.known.step),
                 *const data = d.data.value + offset_of(row, d.extent, d.data.step);
  for (std::size_t i = 0; i < d.variables; ++i)
    if (known[i] > T(0)) std::copy_n(data + i * width, width, value + i * width);
}
/// Nothing that was drawn is learnt from what is known: takes these parts of adjoints to 0.
template <class T>
void drop_known(const draw_rows<T>& d, T* adjoint) {
  if (adjoint == nullptr) return;
  const std::size_t width = d.value.size / d.variables;
  for_each_known(
      d,
      [&](std::size_t row, std::size_t i) {
        std::fill_n(adjoint + row * d.value.size + i * width, width, T(0));
      },
      [](std::size_t) {});
}

}  // namespace internals

/// What an estimator sees of one latent. All rows of a node are before it at once: samples, data
/// and nested plates. An event is a span of one row.
template <class Family, class T>
class draw_site {
 public:
  using family = Family;
  using value_type = T;

  explicit draw_site(internals::draw_rows<T>& rows) : r_(rows) {}

  /// Rows of the node: replicates × importance samples × plate rows (× its own enumerated values).
  std::size_t rows() const { return r_.rows; }
  /// Declared variables of one event, and categories of each (1 where it is not discrete).
  std::size_t variables() const { return r_.variables; }
  std::size_t categories() const {
    if constexpr (Family::traits.discrete)
      return static_cast<std::size_t>(Family::categories(shape{}));
    return 1;
  }
  /// Samples that are averaged; they are the outermost axis of the rows.
  std::size_t replicates() const { return r_.extent[0]; }
  std::uint64_t step() const { return r_.step; }

  std::span<T> value(std::size_t row) const {
    return {r_.value.value + row * r_.value.size, r_.value.size};
  }
  /// The adjoint of the value: of the whole objective, all weights included.
  std::span<const T> adjoint(std::size_t row) const {
    return {r_.value.adjoint + row * r_.value.size, r_.value.size};
  }
  /// What the prior reads, and its adjoint, where the estimator has two values.
  std::span<T> prior_value(std::size_t row) const {
    return {r_.prior_value.value + row * r_.value.size, r_.value.size};
  }
  std::span<const T> prior_adjoint(std::size_t row) const {
    return {r_.prior_value.adjoint + row * r_.value.size, r_.value.size};
  }
  /// Whether another draw of the guide depends on the value.
  bool feeds_draws() const { return r_.feeds_draws; }
  /// What the estimator keeps from propose to pull_back.
  std::span<T> kept(std::size_t row) const { return {r_.kept + row * r_.kept_size, r_.kept_size}; }

  /// The cost of a row at a probe: the terms of the objective that its value reaches, in nats, as
  /// they add to the bound (more is better).
  T cost(std::size_t row, std::size_t probe = 0) const { return r_.costs[row * r_.probes + probe]; }
  /// What an estimate from the costs of a row is to be multiplied by: one over the replicates, the
  /// scale of the plate, the weights of enumerated ancestors.
  T weight(std::size_t row) const { return r_.outer_weight[row]; }
  /// The weight of a row in the sum over weighted probes.
  T& probe_weight(std::size_t row) const { return r_.probe_weight[row]; }
  /// Which of its enumerated values a row holds.
  std::size_t joint_value(std::size_t row) const {
    return internals::place_along(r_.enumerated_axis, r_.extent, row);
  }
  bool has_probe_weights() const { return r_.probe_weight != nullptr; }

  /// Where samples are weighed, log w of one at the place (replicate, datum) of a row. It can be
  /// read in pull_back; the row's own sample is importance_sample(row).
  T log_weight(std::size_t row, std::size_t sample) const {
    return r_.log_weight[offset(r_.log_weight_step, row) +
                         (sample - importance_sample(row)) *
                             r_.log_weight_step[internals::importance_axis]];
  }
  /// The value of the objective with another log w of the row's own sample.
  T cost_with(std::size_t row, T own_log_weight) const {
    const std::size_t own = importance_sample(row);
    const T* first = r_.log_weight + offset(r_.log_weight_step, row) -
                     own * r_.log_weight_step[internals::importance_axis];
    T cost = 0;
    r_.replace({first, importance_samples(), r_.log_weight_step[internals::importance_axis], own,
                own_log_weight},
               &cost, 1);
    return cost;
  }
  /// Samples that are weighed against each other, and which of them a row is.
  std::size_t importance_samples() const { return r_.extent[internals::importance_axis]; }
  std::size_t importance_sample(std::size_t row) const {
    return internals::place_along(internals::importance_axis, r_.extent, row);
  }

  /// The parameters of a row, each as a whole event. Valid until the next call.
  parameter_rows<T> parameters(std::size_t row) const {
    parameter_rows<T> p{};
    T* scratch = r_.scratch;
    for (std::size_t i = 0; i < r_.parameter_count; ++i) {
      const internals::tensor<T>& t = r_.parameters[i];
      const T* at = t.value + offset(t, row);
      if (t.size == r_.full[i]) {
        p[i] = at;
      } else {
        for (std::size_t j = 0; j < r_.full[i]; ++j) scratch[j] = at[j % t.size];
        p[i] = scratch;
        scratch += r_.full[i];
      }
    }
    return p;
  }

  /// Makes of the values of all rows those given what is known of their data.
  void condition() const {
    if (r_.known.value == nullptr) return;
    if constexpr (family_members<Family>::condition)
      for (std::size_t row = 0; row < rows(); ++row)
        Family::condition(parameters(row), r_.data.value + offset(r_.data, row), known_of(row),
                          value(row).data(), r_.variables);
    else
      internals::observe(r_);
  }

  /// What the op that computes parameter i keeps, where it is stateful.
  template <class State>
  const State& parameter_state(std::size_t i) const {
    return *static_cast<const State*>(r_.parameters[i].state);
  }

  /// Calls f(adjoints) with the whole-event adjoints of the parameters of a row to add to; null
  /// where an adjoint is not wanted. What is known of the data was not drawn, and adds nothing.
  template <class F>
  void add(std::size_t row, F&& f) const {
    const T* const known = known_of(row);
    const std::size_t count = known == nullptr ? 0 : count_known(known);
    if (count == r_.variables) return;
    adjoint_rows<T> to{};
    T* scratch = r_.scratch + parameter_values();
    for (std::size_t i = 0; i < r_.parameter_count; ++i) {
      const internals::tensor<T>& t = r_.parameters[i];
      if (t.adjoint == nullptr) continue;
      if (count == 0 && t.size == r_.full[i]) {
        to[i] = t.adjoint + offset(t, row);
      } else {
        to[i] = scratch;
        std::fill_n(scratch, r_.full[i], T(0));
        scratch += r_.full[i];
      }
    }
    f(to);
    for (std::size_t i = 0; i < r_.parameter_count; ++i) {
      const internals::tensor<T>& t = r_.parameters[i];
      if (t.adjoint == nullptr || (count == 0 && t.size == r_.full[i])) continue;
      T* at = t.adjoint + offset(t, row);
      // Rows that are known in part are of independent variables, each with numbers of its own.
      const std::size_t width = r_.full[i] / r_.variables;
      for (std::size_t j = 0; j < r_.full[i]; ++j)
        if (count == 0 || !(known[j / width] > T(0))) at[j % t.size] += to[i][j];
    }
  }

  /// Adds c · ∂ log q(value) / ∂ parameters to the adjoints of a row.
  void add_score(std::size_t row, T c) const {
    const parameter_rows<T> p = parameters(row);
    add(row, [&](const adjoint_rows<T>& to) {
      if (wanted(to)) Family::score(value(row).data(), p, c, to, r_.variables);
    });
  }

  /// The logits of a discrete row, [variables, categories], into `out`.
  void logits(std::size_t row, T* out) const { Family::logits(parameters(row), out, r_.variables); }
  /// Adds an adjoint of the logits, [variables, categories], to a row.
  void add_logits(std::size_t row, const T* adjoint) const {
    const parameter_rows<T> p = parameters(row);
    add(row, [&](const adjoint_rows<T>& to) {
      if (to[0] != nullptr) Family::add_logit_adjoint(adjoint, p, to, r_.variables);
    });
  }
  /// Adds an adjoint of the probabilities, [variables, categories], to a row. What is added to all
  /// of one variable does not count. Beside that of the logits it also reaches, where the family
  /// takes probabilities, those that are 0.
  void add_probabilities(std::size_t row, const T* adjoint) const {
    const parameter_rows<T> p = parameters(row);
    add(row, [&](const adjoint_rows<T>& to) {
      if (to[0] != nullptr) Family::add_probability_adjoint(adjoint, p, to, r_.variables);
    });
  }

  /// The random stream of a row: of the node, step, sample and datum, never of the probe.
  stream_key random(std::size_t row) const {
    const internals::stream_places at(r_.extent, r_.plate_axis, r_.row_ids, row);
    return row_stream(r_.random, at.sample(), at.id());
  }

  /// Begins `kept` of every row with the noise of the family. Of short events, where nothing else
  /// is kept, the rows are the lanes.
  void fill_noise() const {
    const std::size_t n = Family::noise_size(r_.variables);
    if constexpr (requires { typename Family::noise; })
      if (n == r_.kept_size && n < 2 * internals::lanes<T> && rows() > 1)
        return fill_noise_across_rows();
    for (std::size_t row = 0; row < rows(); ++row)
      Family::fill_noise(random(row), kept(row).data(), n);
  }
  /// Makes the values of all rows of the noise that is kept; false where the family does so row by
  /// row.
  bool move_together() const {
    if (r_.path != nullptr) r_.move(*r_.path);
    return r_.path != nullptr;
  }
  /// Takes the adjoints of all values to those of the parameters; false as above.
  bool move_back_together() const {
    if (r_.path != nullptr && r_.move_back != nullptr) r_.move_back(*r_.path);
    return r_.path != nullptr;
  }

  /// What earlier steps left (state), and this step's sums to add to (update); `commit` of the
  /// estimator turns the sums over all shards into the next state.
  std::span<const T> state() const { return r_.state; }
  std::span<T> update() const { return r_.update; }

  /// The value of the estimator's network for a row.
  T network(std::size_t row) const { return r_.network.value[offset(r_.network, row)]; }
  /// Adds to the adjoint of that value, of a baseline in pull_back, of a surrogate in
  /// seed_network. Rows that share a value add up.
  void add_to_network(std::size_t row, T seed) const {
    if (r_.network.adjoint != nullptr && !is_known(row))
      r_.network.adjoint[offset(r_.network, row)] += seed;
  }
  /// What the seeds of a surrogate lead to, seen in pull_back: the adjoint of the draw's value.
  std::span<const T> network_adjoint(std::size_t row) const {
    return {r_.network_adjoint + row * r_.value.size, r_.value.size};
  }
  /// What a surrogate r learns, for pull_back to write: its parameters ascend, summed over rows,
  /// seed · ∂r/∂value · direction(row) + extra · r. Directions begin at zero.
  std::span<T> direction(std::size_t row) const {
    return {r_.direction + row * r_.value.size, r_.value.size};
  }
  void add_extra(std::size_t row, T extra) const {
    if (!is_known(row)) r_.network_along[row] += extra;
  }

  /// Scratch of the estimator's own, 4 · variables() · categories() values: they last until
  /// propose, pull_back or probe returns.
  T* scratch() const { return r_.scratch + 2 * parameter_values(); }

 private:
  /// What is known of the data of a row; null where they have no gaps.
  const T* known_of(std::size_t row) const {
    return r_.known.value == nullptr ? nullptr : r_.known.value + offset(r_.known, row);
  }
  std::size_t count_known(const T* known) const {
    return static_cast<std::size_t>(
        std::count_if(known, known + r_.variables, [](T x) { return x > T(0); }));
  }
  /// Whether nothing of a row was drawn.
  bool is_known(std::size_t row) const {
    const T* const known = known_of(row);
    return known != nullptr && count_known(known) == r_.variables;
  }
  void fill_noise_across_rows() const {
    using streams = internals::row_streams;
    internals::stream_places at(r_.extent, r_.plate_axis, r_.row_ids, 0);
    std::array<std::uint32_t, streams::rows> sample{}, id{};
    for (std::size_t row = 0; row < rows(); row += streams::rows) {
      const std::size_t count = std::min(streams::rows, rows() - row);
      at.take(count, sample.data(), id.data());
      internals::fill_rows<typename Family::noise, T>(streams(r_.random, sample, id), count,
                                                      kept(row).data(), r_.kept_size);
    }
  }
  /// Values of one row's parameters, each as a whole event.
  std::size_t parameter_values() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < r_.parameter_count; ++i) n += r_.full[i];
    return n;
  }
  static bool wanted(const adjoint_rows<T>& to) {
    return std::any_of(to.begin(), to.end(), [](const T* p) { return p != nullptr; });
  }
  std::size_t offset(const internals::tensor<T>& t, std::size_t row) const {
    return offset(t.step, row);
  }
  std::size_t offset(const internals::axis_extents& step, std::size_t row) const {
    return internals::offset_of(row, r_.extent, step);
  }

  internals::draw_rows<T>& r_;
};

}  // namespace variad
