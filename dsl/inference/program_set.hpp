#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <variad/dsl/inference/bound_estimate.hpp>
#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/learnt_rows.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/dsl/inference/queries.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad::internals {

/// The programs of a model and a guide, found by their tables and made when they are first asked
/// for, and the state that they share. One trains. It stays where it was made, since programs point
/// into it.
template <class T>
class program_set {
 public:
  /// `values` holds what the tokens of the training program carry; they and the tables outlive
  /// this.
  program_set(const program_tables<T>& training, std::vector<const void*> values);
  program_set(const program_set&) = delete;
  program_set& operator=(const program_set&) = delete;
  ~program_set();

  run_state<T> state;

  program<T>& training() { return *programs_.front(); }

  void initialise(std::uint64_t seed);
  /// Sets a parameter; those of the initialisers are drawn no more.
  void set_parameter(std::string_view name, const array<T>& value);
  void load_checkpoint(const std::string& path);

  /// The number of threads of queries, and of steps outside `fit`.
  void use_threads(unsigned threads);

  fit_report fit(const loaded_data<T>& data, const fit_options& options);
  /// `bounding` is what bounds of the validation data are taken with.
  fit_report fit(const loaded_data<T>& data, const loaded_data<T>& validation,
                 const program_tables<T>& bounding, const fit_options& options);

  /// The bound of some rows and its gradient, for loops of one's own. Throws `variad::error` where
  /// they are not finite, and leaves what the program carries as it was.
  step_result gradient(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                       const step_settings& settings);
  std::span<T> gradient() { return training().gradient(); }
  /// One step of an optimizer on some rows.
  step_result step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                   const optimizer& how, const step_settings& settings);

  /// The bound by n independent draws, latents drawn hard.
  bound_estimate bound(const program_tables<T>& bounding, const loaded_data<T>& data, std::size_t n,
                       std::uint64_t seed);
  mean_weights weigh(const program_tables<T>& weighting, const loaded_data<T>& data, std::size_t n,
                     std::uint64_t seed);
  /// The importance-weighted bound of all data, from the weights of each.
  bound_estimate log_likelihood(const program_tables<T>& weighting, const loaded_data<T>& data,
                                std::size_t n, std::uint64_t seed);

  using unlearnt = typename learnt_rows<T>::unlearnt;

  /// A program of model and guide.
  program<T>& of(const program_tables<T>& tables) { return find_or_make(tables, values_); }
  /// The same, ready for queries of these data.
  program<T>& ready(const program_tables<T>& tables, const loaded_data<T>& data,
                    unlearnt rows = unlearnt::refused);
  /// The program of the model alone, whose tokens carry these values.
  program<T>& ready_to_generate(const program_tables<T>& tables,
                                const std::vector<const void*>& values, const loaded_data<T>& data);

 private:
  /// The mean bound of held-out rows, and what stands outside the plate by the row of training.
  using validation_bound =
      std::function<double(const dataset<T>&, const step_settings&, std::size_t)>;
  class trained;
  struct running;

  program<T>& find_or_make(const program_tables<T>& tables, const std::vector<const void*>& values);
  fit_report fit(const loaded_data<T>& data, const loaded_data<T>* validation,
                 validation_bound bound, const fit_options& options);
  /// The data that a bound is the mean of; 1 where it is of everything.
  double count_of(const loaded_data<T>& data) const;
  void refuse_while_fitting(const char* call) const;
  void lay_out();
  void lay_out_anew();
  /// Makes room for the parameters of each row of these data, and returns what stands outside the
  /// data plate, with at least as many rows of its plates as the parameters have.
  constant_columns<T> prepare(const loaded_data<T>& data, unlearnt rows = unlearnt::refused);
  constant_columns<T> prepare_groups(const loaded_data<T>& data, unlearnt rows);

  std::vector<const void*> values_;
  std::vector<std::unique_ptr<program<T>>> programs_;  // the first one trains
  learnt_rows<T> rows_;
  bool fitting_ = false;
  std::pair<std::size_t, std::size_t> sized_for_{};
  bool set_ = false;  // the parameters, by a seed or a value
  unsigned threads_ = 1;
};

extern template class program_set<float>;
extern template class program_set<double>;

}  // namespace variad::internals
