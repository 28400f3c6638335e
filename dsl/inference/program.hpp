#pragma once

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <variad/dsl/code/emit.hpp>
#include <variad/dsl/engine/engine.hpp>
#include <variad/dsl/passes/diagnose_calls.hpp>
#include <variad/runtime/data/minibatch.hpp>
#include <variad/runtime/reduce/reduce.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad::internals {

/// Whether a resolved program has parameters for each row of the data plate.
template <class R>
inline constexpr bool has_row_parameters = [] {
  for (const node& n : R::program.nodes)
    if (n.active && n.per_row && varies_over(n.axes, R::program.data_plate)) return true;
  return false;
}();

/// A resolved program with its engine, sized for what it is asked to run: what the training loop
/// trains, and what evaluations read from. It shares the state of the inference it belongs to.
template <class Resolved, class T>
class program {
 public:
  using value_type = T;

  /// `collected` points to what the tokens carry; all must outlive the program.
  program(const std::vector<const void*>& collected, run_state<T>& state)
      : ops_(program_code<Resolved>::op_values(collected)), state_(state) {}

  static const program_tables<T>& tables() { return tables_; }
  const node_values& ops() const { return ops_; }

  /// Empty before the first resize.
  std::span<T> gradient() { return engine_ ? engine_->gradient() : std::span<T>{}; }

  step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings) {
    return engine_->compute_gradient(data, rows, settings);
  }

  /// The bound of all data by one draw: of the rows of the data plate together, and of what stands
  /// outside; the first statement that is not finite, and why.
  struct whole_bound {
    double rows = 0, outside = 0;
    std::string_view non_finite_node{};
    std::string cause{};
  };
  whole_bound bound_of_all(const dataset<T>& data, const step_settings& settings,
                           std::size_t batch) {
    whole_bound all;
    std::vector<double> bounds;
    for_each_batch(data, batch, [&](std::span<const std::uint32_t> rows) {
      const step_result r = engine_->forward(data, rows, settings, purpose::bound);
      all.outside = engine_->outside_objective();
      bounds.push_back(r.bound - all.outside);
      if (!all.non_finite_node.empty()) return;
      all.non_finite_node = r.non_finite_node;
      all.cause = r.cause;
    });
    all.rows = sum_of(bounds);
    return all;
  }

  /// Calls f(row ids) for batches of all rows in order; once, with no rows, where there is no data
  /// plate or a query needs no data.
  template <class F>
  void for_each_batch(const dataset<T>& data, std::size_t batch, F&& f) {
    if (!exists(tables_.data_plate) || data.size() == 0) {
      if (!engine_ || !engine_->is_sized_for(1, threads_, 1)) resize(1, threads_, 1);
      return f(std::span<const std::uint32_t>{});
    }
    const std::size_t size = std::min(batch, data.rows());
    if (!engine_ || !engine_->is_sized_for(size, threads_, data.rows()))
      resize(size, threads_, data.rows());
    minibatches batches = minibatches::in_order(data.rows(), size);
    for (std::size_t b = 0; b < batches.size(); ++b) f(batches(0, b));
  }

  /// Runs what is computed once a step, and returns the view of a node of it.
  tensor<T> run_global(node_id of) {
    if (!engine_) resize(1, threads_, 1);
    engine_->forward({}, {}, {}, purpose::values);
    return engine_->view(of, engine_->global());
  }

  /// Names, families and shapes: a checkpoint of a program with another signature is refused.
  std::string signature() const {
    std::string text;
    for (const latent_info& l : tables_.latents) {
      const node& n = tables_.nodes[l.draw];
      text += std::string(n.label) + "~" + std::string(n.family.name) + to_string(n.event) + "; ";
    }
    for (const parameter_info& p : state_.parameter_table())
      if (!p.of_method) text += p.name + print_shape(p.shape) + "; ";
    return text;
  }

  /// The objective and the estimator of each latent; and the unit, where runs of checkpoints of
  /// format 1 followed another objective, so that they cannot go on.
  std::string method() const {
    std::string text = to_string(tables_.objective);
    for (const latent_id l : tables_.latents.ids())
      text += "; " + std::string(tables_.nodes[tables_.latents[l].draw].label) + " by " +
              std::string(tables_.estimators[l].name);
    const bool per_datum = tables_.bound_is_per_datum();
    if (exists(tables_.data_plate) && counts_otherwise(per_datum))
      text += per_datum ? "; per datum" : "; of all data";
    return text;
  }

  /// Makes every allocation for batches of this size.
  void resize(std::size_t batch, unsigned threads, std::size_t data_rows) {
    threads_ = threads;
    if (!engine_) {
      engine_ = std::make_unique<internals::engine<T>>(tables_, ops_, state_);
      engine_->set_constants(constants_);
    }
    engine_->resize(batch, threads, data_rows);
  }

  void set_constants(const constant_columns<T>& constants) {
    if (constants == constants_) return;
    constants_ = constants;
    if (engine_) engine_->set_constants(constants_);
  }
  void set_threads(unsigned threads) { threads_ = threads; }
  /// The parameters have moved: what was bound to them is bound again at the next resize.
  void forget() { engine_.reset(); }

  internals::engine<T>& engine() { return *engine_; }

 private:
  /// Whether terms count otherwise than they did in checkpoints of format 1: everything together
  /// with global latents and by the row without, what stands outside the plate as much as all rows,
  /// a term that does not vary over a plate once.
  static bool counts_otherwise(bool per_datum) {
    bool global_latents = false, outside = false, repeats = false;
    for (const latent_info& l : tables_.latents)
      global_latents |= !of_data_rows(tables_.nodes[l.draw]);
    for (const node& n : tables_.nodes)
      if (n.active && is_term(n)) {
        outside |= !of_data_rows(n);
        repeats |= n.repeats != 0;
      }
    return repeats || (global_latents ? per_datum : outside || !per_datum);
  }
  static bool of_data_rows(const node& n) { return varies_over(n.axes, tables_.data_plate); }

  static constexpr program_tables<T> tables_ = program_code<Resolved>::template tables<T>();

  node_values ops_;
  run_state<T>& state_;
  constant_columns<T> constants_;
  unsigned threads_ = 1;
  std::unique_ptr<internals::engine<T>> engine_;
};

}  // namespace variad::internals
