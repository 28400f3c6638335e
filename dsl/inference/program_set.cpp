#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>

#include <variad/dsl/engine/engine.hpp>
#include <variad/dsl/engine/state_places.hpp>
#include <variad/dsl/inference/check_literals.hpp>
#include <variad/dsl/inference/program_set.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/optim/clip.hpp>
#include <variad/runtime/reduce/reduce.hpp>
#include <variad/runtime/training/checkpoint.hpp>
#include <variad/runtime/training/named_parameters.hpp>

namespace variad::internals {
namespace {

/// Words for columns of data whose size makes a first fit slow or fail, empty where there are none:
/// what begins near 0, with scales near 1 and steps of a learning rate, has far to go. Data of a
/// discrete or positive variable are what they are.
template <class T>
std::string words_on_sizes(const program_tables<T>& t, const dataset<T>& data) {
  constexpr double large = 30;
  std::string text;
  for (const node& n : t.nodes) {
    const std::size_t at = data.find(n.variable);
    if (n.what != role::data || at == data.size()) continue;
    if (n.family.discrete || n.family.values == support::positive) continue;
    const column<T>& c = data.column(at);
    const std::size_t size = c.event_size(), rows = std::min<std::size_t>(c.rows, 1000);
    double least = std::numeric_limits<double>::infinity(), most = 0;
    std::size_t place = 0;
    for (std::size_t i = 0; i < size; ++i) {
      double square = 0;
      for (std::size_t r = 0; r < rows; ++r) {
        const auto x = static_cast<double>(c.values[r * size + i]);
        square += x * x / static_cast<double>(rows);
      }
      const double root = std::sqrt(square);
      if (root > most) place = i;
      most = std::max(most, root);
      if (root > 0) least = std::min(least, root);
    }
    if (most <= large) continue;
    std::ostringstream words;
    words << std::setprecision(2) << "fit: '" << n.variable << "' has values of about " << most;
    if (size > 1)
      words << " (number " << place << " of an event; the smallest are of about " << least << ')';
    words << ", and a fit begins near 0 with scales near 1: if it fails or is slow, bind "
          << n.variable << " = source.standardized(), which standardization().undo takes back\n";
    text += words.str();
  }
  return text;
}

/// Throws `variad::error` where rows that weigh make statistics of a batch in which all count
/// alike.
template <class T>
void check_weights(const program_tables<T>& t, const dataset<T>& data) {
  for (const node& n : t.nodes)
    if (!data.weights().empty() && n.active && n.batch_statistics)
      throw error("weighted_by: found weights, and " + std::string(n.op) + " in '" +
                  std::string(n.statement) +
                  "', whose statistics are of rows that count alike: leave one of them out");
}

}  // namespace

/// What the loop trains: gradients of the training program, bounds with hard latents.
template <class T>
class program_set<T>::trained final : public trainable_program<T> {
 public:
  explicit trained(program_set& set, validation_bound bound = {})
      : set_(set), bound_(std::move(bound)) {}

  void resize(std::size_t batch, unsigned threads, std::size_t rows) override {
    set_.training().resize(batch, threads, rows);
  }
  run_state<T>& state() override { return set_.state; }
  std::span<T> gradient() override { return set_.gradient(); }
  thread_pool* pool() override { return &set_.training().engine().pool(); }
  step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings) override {
    return set_.training().compute_gradient(data, rows, settings);
  }
  double evaluate(const dataset<T>& data, const step_settings& settings,
                  std::size_t batch) override {
    return bound_(data, settings, batch);
  }
  std::string signature() const override { return set_.training().signature(); }
  std::string method() const override { return set_.training().method(); }

 private:
  program_set& set_;
  validation_bound bound_;
};

/// The set is fitting while it lives.
template <class T>
struct program_set<T>::running {
  bool& flag;
  explicit running(bool& f) : flag(f) { flag = true; }
  running(const running&) = delete;
  ~running() { flag = false; }
};

template <class T>
program_set<T>::program_set(const program_tables<T>& training, std::vector<const void*> values)
    : values_(std::move(values)), rows_(training) {
  use_one_blas_thread();
  check_literals(training.nodes, values_);
  find_or_make(training, values_);
  lay_out();
}

template <class T>
program_set<T>::~program_set() = default;

template <class T>
void program_set<T>::initialise(std::uint64_t seed) {
  refuse_while_fitting("initialise");
  state.begin(seed);
  set_ = true;
  rows_.forget();
}

template <class T>
void program_set<T>::set_parameter(std::string_view name, const array<T>& value) {
  set_value_of_parameter(state, name, value);
  set_ = true;
  rows_.settle_by(name);
}

template <class T>
void program_set<T>::load_checkpoint(const std::string& path) {
  refuse_while_fitting("load_checkpoint");
  if (rows_.take_checkpoint(path)) lay_out_anew();
  trained loop(*this);
  load_parameters(loop, path);
  set_ = true;
  rows_.settle();
}

template <class T>
void program_set<T>::use_threads(unsigned threads) {
  if (threads == 0) throw error("use_threads: found 0 threads, expected at least one");
  threads_ = threads;
  sized_for_ = {};
}

template <class T>
fit_report program_set<T>::fit(const loaded_data<T>& data, const fit_options& options) {
  return fit(data, nullptr, {}, options);
}

template <class T>
fit_report program_set<T>::fit(const loaded_data<T>& data, const loaded_data<T>& validation,
                               const program_tables<T>& bounding, const fit_options& options) {
  if (rows_.of_data())
    throw error(
        "fit: found validation data, expected none: the guide or the model has parameters for "
        "each row of the training data");
  use_threads(options.threads);
  prepare(data);
  rows_.settle();
  program<T>& p = ready(bounding, validation);
  const constant_columns<T> constants = prepare(validation);
  const double outside = count_of(data);
  const auto bound = [&, outside](const dataset<T>& held_out, const step_settings& settings,
                                  std::size_t batch) {
    p.set_constants(constants);  // a query of .on_epoch may have brought its own
    const auto all = p.bound_of_all(held_out, settings, batch);
    return all.rows / count_of(validation) + all.outside / outside;
  };
  return fit(data, &validation, bound, options);
}

template <class T>
fit_report program_set<T>::fit(const loaded_data<T>& data, const loaded_data<T>* validation,
                               validation_bound bound, const fit_options& options) {
  refuse_while_fitting("fit");
  check_weights(training().tables(), data.rows);
  const constant_columns<T> constants = prepare(data);
  if (!set_) initialise(options.seed);
  rows_.settle();
  use_threads(options.threads);
  training().set_constants(constants);
  trained loop(*this, std::move(bound));
  const running now(fitting_);
  if (options.log != nullptr && !options.resume)
    *options.log << words_on_sizes(training().tables(), data.rows);
  return internals::fit(loop, data.rows, validation ? &validation->rows : nullptr, options);
}

template <class T>
step_result program_set<T>::gradient(const loaded_data<T>& data,
                                     std::span<const std::uint32_t> rows,
                                     const step_settings& settings) {
  check(settings);
  refuse_while_fitting("gradient or step");
  const std::uint32_t last = rows.empty() ? 0 : *std::max_element(rows.begin(), rows.end());
  if (!rows.empty() && last >= data.rows.rows())
    throw error("gradient: found row " + std::to_string(last) + ", expected one of the " +
                std::to_string(data.rows.rows()) + " rows of the data");
  check_weights(training().tables(), data.rows);
  const constant_columns<T> constants = prepare(data);
  set_ = true;
  rows_.settle();
  program<T>& p = training();
  p.set_constants(constants);
  const std::pair wanted(rows.size(), data.rows.rows());
  if (sized_for_ != wanted) {
    p.resize(std::max<std::size_t>(rows.size(), 1), threads_, data.rows.rows());
    sized_for_ = wanted;
  }
  state.set_aside();
  const step_result r = p.compute_gradient(data.rows, rows, settings);
  // The norm is one pass over all; it may be infinite, too, where values are merely large.
  const std::span<const T> found = p.gradient();
  const parameter_info* const bad =
      std::isfinite(norm(found)) ? nullptr : first_not_finite(state, found);
  if (bad != nullptr || !r.non_finite_node.empty()) state.bring_back();
  if (!r.non_finite_node.empty()) refuse_values("gradient", r.non_finite_node, r.cause);
  if (bad != nullptr)
    throw error("gradient: that of the parameter '" + bad->name +
                "' is not finite though the bound is; look for a square root or a logarithm of "
                "0, and for values out of range");
  return r;
}

template <class T>
step_result program_set<T>::step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                                 const optimizer& how, const step_settings& settings) {
  const step_result r = gradient(data, rows, settings);
  state.use(how);
  how.ascend(state.slots(), state.parameters(), gradient(), &training().engine().pool());
  return r;
}

template <class T>
bound_estimate program_set<T>::bound(const program_tables<T>& bounding, const loaded_data<T>& data,
                                     std::size_t n, std::uint64_t seed) {
  program<T>& p = ready(bounding, data);
  const double count = count_of(data);
  std::vector<double> draws;
  for (std::size_t draw = 0; draw < n; ++draw) {
    const auto all = p.bound_of_all(data.rows, {seed, evaluation_step - draw, 0, 1.0}, query_batch);
    draws.push_back((all.rows + all.outside) / count);
    if (!std::isfinite(draws.back())) refuse_values("bound", all.non_finite_node, all.cause);
  }
  return mean_of_draws(draws, count);
}

template <class T>
mean_weights program_set<T>::weigh(const program_tables<T>& weighting, const loaded_data<T>& data,
                                   std::size_t n, std::uint64_t seed) {
  return log_mean_weights(ready(weighting, data), data, n, seed);
}

template <class T>
bound_estimate program_set<T>::log_likelihood(const program_tables<T>& weighting,
                                              const loaded_data<T>& data, std::size_t n,
                                              std::uint64_t seed) {
  const mean_weights w = weigh(weighting, data, n, seed);
  bound_estimate e{.count = count_of(data)};
  const std::span<const T> weights = data.rows.weights();
  std::vector<double> of_rows = w.log_mean;
  double square = 0;
  for (std::size_t i = 0; i < of_rows.size(); ++i) {
    const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[i]);
    of_rows[i] *= weight;
    square += weight * weight * w.standard_error[i] * w.standard_error[i];
  }
  e.value = (w.outside + sum_of(of_rows)) / e.count;
  e.standard_error = std::sqrt(square) / e.count;
  return e;
}

template <class T>
program<T>& program_set<T>::ready(const program_tables<T>& tables, const loaded_data<T>& data,
                                  unlearnt rows) {
  const constant_columns<T> constants = prepare(data, rows);
  program<T>& p = of(tables);
  p.set_threads(threads_);
  p.set_constants(constants);
  return p;
}

template <class T>
program<T>& program_set<T>::ready_to_generate(const program_tables<T>& tables,
                                              const std::vector<const void*>& values,
                                              const loaded_data<T>& data) {
  if (has_row_parameters(tables))
    throw error("the model has parameters for each row of the data, and none for rows to generate");
  program<T>& p = find_or_make(tables, values);
  p.set_threads(threads_);
  // What draws from priors alone knows no row of a plate.
  p.set_constants(internals::sized_axes(tables).empty() ? data.constants
                                                        : prepare_groups(data, unlearnt::refused));
  return p;
}

template <class T>
program<T>& program_set<T>::find_or_make(const program_tables<T>& tables,
                                         const std::vector<const void*>& values) {
  for (const auto& p : programs_)
    if (&p->tables() == &tables) return *p;
  return *programs_.emplace_back(std::make_unique<program<T>>(tables, values, state));
}

template <class T>
double program_set<T>::count_of(const loaded_data<T>& data) const {
  if (!programs_.front()->tables().bound_is_per_datum()) return 1.0;
  if (data.rows.rows() == 0)
    throw error(
        "found no rows of the plate that takes its size from the data, expected at least one: "
        "bind a variable that stands in it");
  return data.rows.total_weight();
}

/// Throws `variad::error` where `.on_epoch` would take the training program from under `fit`.
template <class T>
void program_set<T>::refuse_while_fitting(const char* call) const {
  if (fitting_)
    throw error(std::string(call) +
                ": called within fit, which runs the same program; make a second inference for it");
}

/// Lays the parameters out for the rows there are, and registers what is carried.
template <class T>
void program_set<T>::lay_out() {
  state.lay_out(parameters_of(training().tables(), training().ops(), rows_.data(), rows_.groups()));
  state_places<T>(training().tables(), training().ops(), state);
}

/// Lays them out again for other rows.
template <class T>
void program_set<T>::lay_out_anew() {
  lay_out();
  for (const auto& p : programs_) p->forget();
  sized_for_ = {};
}

template <class T>
constant_columns<T> program_set<T>::prepare(const loaded_data<T>& data, unlearnt rows) {
  if (rows_.take_data(data.rows.rows())) lay_out_anew();
  return prepare_groups(data, rows);
}

template <class T>
constant_columns<T> program_set<T>::prepare_groups(const loaded_data<T>& data, unlearnt rows) {
  if (rows_.take_groups(data, rows)) lay_out_anew();
  return rows_.enlarge(data.constants);
}

template class program_set<float>;
template class program_set<double>;

}  // namespace variad::internals
