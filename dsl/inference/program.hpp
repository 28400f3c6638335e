#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <variad/dsl/engine/data_reader.hpp>
#include <variad/dsl/engine/tables.hpp>
#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad::internals {

template <class T>
class engine;

/// A resolved program with its engine, sized for what it is asked to run: what the training loop
/// trains, and what evaluations read from. It shares the state of the inference it belongs to.
template <class T>
class program {
 public:
  /// `collected` points to what the tokens carry; tables, ops and state must outlive the program.
  program(const program_tables<T>& tables, const std::vector<const void*>& collected,
          run_state<T>& state);
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  const program_tables<T>& tables() const { return t_; }
  const node_values& ops() const { return ops_; }

  /// Empty before the first resize.
  std::span<T> gradient();

  step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings);

  /// The bound of all data by one draw: of the rows of the data plate together, and of what stands
  /// outside; the first statement that is not finite, and why.
  struct whole_bound {
    double rows = 0, outside = 0;
    std::string_view non_finite_node{};
    std::string cause{};
  };
  whole_bound bound_of_all(const dataset<T>& data, const step_settings& settings,
                           std::size_t batch);

  /// Calls f(row ids) for batches of all rows in order; once, with no rows, where there is no data
  /// plate or a query needs no data.
  void for_each_batch(const dataset<T>& data, std::size_t batch,
                      const std::function<void(std::span<const std::uint32_t>)>& f);

  /// Runs what is computed once a step, and returns the view of a node of it.
  tensor<T> run_global(node_id of);

  /// Names, families and shapes: a checkpoint of a program with another signature is refused.
  std::string signature() const;

  /// The objective and the estimator of each latent; and the unit, where runs of checkpoints of
  /// format 1 followed another objective, so that they cannot go on.
  std::string method() const;

  /// Makes every allocation for batches of this size.
  void resize(std::size_t batch, unsigned threads, std::size_t data_rows);

  void set_constants(const constant_columns<T>& constants);
  void set_threads(unsigned threads) { threads_ = threads; }
  /// The parameters have moved: what was bound to them is bound again at the next resize.
  void forget();

  internals::engine<T>& engine() { return *engine_; }

 private:
  const program_tables<T>& t_;
  node_values ops_;
  run_state<T>& state_;
  constant_columns<T> constants_;
  unsigned threads_ = 1;
  std::unique_ptr<internals::engine<T>> engine_;
};

extern template class program<float>;
extern template class program<double>;

}  // namespace variad::internals
