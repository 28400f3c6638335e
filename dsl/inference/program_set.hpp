#pragma once

#include <functional>
#include <memory>

#include <variad/dsl/inference/bound_estimate.hpp>
#include <variad/dsl/inference/check_literals.hpp>
#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/generate.hpp>
#include <variad/dsl/objectives/elbo.hpp>
#include <variad/dsl/objectives/iwae.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/training/checkpoint.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad::internals {

/// An objective as bounds are taken with it: one replicate at a time, and no derivative.
template <class Objective>
struct evaluated : Objective {
  static constexpr objective_traits traits = [] {
    objective_traits t = Objective::traits;
    t.replicates = 1;
    t.path_gradient = false;
    return t;
  }();
};

/// The programs of a model and a guide, and the state that they share: one trains, one
/// evaluates with hard latents, one weighs samples, one draws from the model alone. It stays where
/// it was made, since programs point into it.
template <class Model, class Guide, class Objective, class T>
class program_set {
  static constexpr std::size_t guide_tokens = tokens_of<Guide>::size;
  using tokens = concatenated<tokens_of<Guide>, tokens_of<Model>>;
  using model_tokens = ancestral_tokens_of<Model>;

  Model p_;
  Guide q_;
  std::vector<const void*> values_ = values_of_all(), model_values_ = values_of_model();
  std::shared_ptr<void> bounding_;  // made when it is asked for
  std::size_t data_rows_ = 0;
  bool fitting_ = false;
  std::pair<std::size_t, std::size_t> sized_for_{};
  bool set_ = false;
  unsigned threads_ = 1;

 public:
  static constexpr bool weighs = Objective::traits.weighs_samples;
  /// What weights of samples are taken with: the objective, if it has some.
  using weighing = std::conditional_t<weighs, evaluated<Objective>, iwae<20>>;
  /// Samples that the weighting program draws at a time.
  static constexpr int chunk = weighing::traits.importance;

  using training_plan = resolved<tokens, guide_tokens, Objective, use::training>;
  using evaluation_plan = resolved<tokens, guide_tokens, elbo<1>, use::evaluation>;
  using weighting_plan = resolved<tokens, guide_tokens, weighing, use::evaluation>;
  using generation_plan = resolved<model_tokens, model_tokens::size, elbo<1>, use::evaluation>;

 private:
  template <std::size_t... L>
  static constexpr bool sums(std::index_sequence<L...>) {
    return (sums_over<training_plan, id_at<latent_id>(L)> || ...);
  }
  /// What bounds are taken with: it sums over what the guide enumerates, and draws the rest hard.
  static constexpr auto plan_of_bounds() {
    if constexpr (weighs)
      return hana::type<weighting_plan>{};
    else if constexpr (sums(std::make_index_sequence<training_plan::latent_count>{}))
      return hana::type<resolved<tokens, guide_tokens, elbo<1>, use::evaluation, training_plan>>{};
    else
      return hana::type<evaluation_plan>{};
  }

 public:
  run_state<T> state;
  program<training_plan, T> training{values_, state};
  program<evaluation_plan, T> evaluation{values_, state};
  program<weighting_plan, T> weighting{values_, state};
  generator<generation_plan, T> generation{model_values_, state};

  const Model& model() const { return p_; }
  const Guide& guide() const { return q_; }

  program_set(const Model& p, const Guide& q) : p_(p), q_(q) {
    use_one_blas_thread();
    check_literals<training_plan>(values_);
    lay_out(0);
  }
  program_set(const program_set&) = delete;
  program_set& operator=(const program_set&) = delete;

  void initialise(std::uint64_t seed) {
    refuse_while_fitting("initialise");
    state.begin(seed);
    set_ = true;
  }
  /// The values of the parameters are no longer those of the initialisers.
  void keep_parameters() { set_ = true; }

  /// The number of threads of queries, and of steps outside `fit`.
  void use_threads(unsigned threads) {
    if (threads == 0) throw error("use_threads: found 0 threads, expected at least one");
    threads_ = threads;
    sized_for_ = {};
  }

  /// The training program, ready for a step on these rows.
  program<training_plan, T>& ready_to_step(const loaded_data<T>& data,
                                           std::span<const std::uint32_t> row_ids) {
    refuse_while_fitting("gradient or step");
    const std::size_t rows = row_ids.size();
    std::uint32_t last = 0;
    for (const std::uint32_t r : row_ids) last = std::max(last, r);
    if (rows > 0 && last >= data.rows.rows())
      throw error("gradient: found row " + std::to_string(last) + ", expected one of the " +
                  std::to_string(data.rows.rows()) + " rows of the data");
    prepare(data.rows.rows());
    keep_parameters();
    training.set_constants(data.constants);
    const std::pair wanted(rows, data.rows.rows());
    if (sized_for_ != wanted) {
      training.resize(std::max<std::size_t>(rows, 1), threads_, data.rows.rows());
      sized_for_ = wanted;
    }
    return training;
  }

  /// The program that bounds are taken with, ready for these data.
  auto& ready_to_bound(const loaded_data<T>& data) {
    using bounds = typename decltype(plan_of_bounds())::type;
    if constexpr (std::is_same_v<bounds, weighting_plan>) {
      return ready(weighting, data);
    } else if constexpr (std::is_same_v<bounds, evaluation_plan>) {
      return ready(evaluation, data);
    } else {
      prepare(data.rows.rows());
      if (!bounding_) bounding_ = std::make_shared<program<bounds, T>>(values_, state);
      return ready(*static_cast<program<bounds, T>*>(bounding_.get()), data);
    }
  }
  /// The data that a bound is the mean of; 1 where it is of everything.
  static double count_of(const loaded_data<T>& data) {
    if (!program<training_plan, T>::tables().bound_is_per_datum()) return 1.0;
    if (data.rows.rows() == 0)
      throw error(
          "found no rows of the plate that takes its size from the data, expected at least one: "
          "bind a variable that stands in it");
    return static_cast<double>(data.rows.rows());
  }
  /// The bound by n independent draws, latents drawn hard.
  bound_estimate bound(const loaded_data<T>& data, std::size_t n, std::uint64_t seed) {
    auto& p = ready_to_bound(data);
    const double count = count_of(data);
    std::vector<double> draws;
    for (std::size_t draw = 0; draw < n; ++draw) {
      const auto all =
          p.bound_of_all(data.rows, {seed, evaluation_step - draw, 0, 1.0}, query_batch);
      draws.push_back((all.rows + all.outside) / count);
      if (!std::isfinite(draws.back())) refuse_values("bound", all.non_finite_node, all.cause);
    }
    return mean_of_draws(draws, count);
  }

  /// A program, ready for queries of these data.
  template <class P>
  P& ready(P& program, const loaded_data<T>& data) {
    prepare(data.rows.rows());
    program.set_threads(threads_);
    program.set_constants(data.constants);
    return program;
  }

  generator<generation_plan, T>& ready_to_generate() {
    generation.set_threads(threads_);
    return generation;
  }

  fit_report fit(const loaded_data<T>& data, const fit_options& options) {
    return fit(data, nullptr, {}, options);
  }
  fit_report fit(const loaded_data<T>& data, const loaded_data<T>& validation,
                 const fit_options& options) {
    if (has_row_parameters<training_plan>)
      throw error(
          "fit: found validation data, expected none: the guide or the model has parameters for "
          "each row of the training data");
    use_threads(options.threads);
    auto& p = ready_to_bound(validation);
    const double outside = count_of(data);
    const auto bound = [&, outside](const dataset<T>& held_out, const step_settings& settings,
                                    std::size_t batch) {
      p.set_constants(validation.constants);  // a query of .on_epoch may have brought its own
      const auto all = p.bound_of_all(held_out, settings, batch);
      return all.rows / count_of(validation) + all.outside / outside;
    };
    return fit(data, &validation, bound, options);
  }

  void load_checkpoint(const std::string& path) {
    refuse_while_fitting("load_checkpoint");
    if (has_row_parameters<training_plan> && data_rows_ == 0) prepare(rows_of_checkpoint(path));
    trained loop(*this);
    load_parameters(loop, path);
    keep_parameters();
  }

 private:
  std::vector<const void*> values_of_all() const {
    std::vector<const void*> out(tokens::size, nullptr);
    value_collector(out.data()).template program<true>(q_);
    value_collector(out.data() + guide_tokens).template program<false>(p_);
    return out;
  }
  std::vector<const void*> values_of_model() const {
    std::vector<const void*> out(model_tokens::size, nullptr);
    value_collector(out.data()).template program<true>(p_);
    return out;
  }

  /// The mean bound of held-out rows, and what stands outside the plate by the row of training.
  using validation_bound =
      std::function<double(const dataset<T>&, const step_settings&, std::size_t)>;

  fit_report fit(const loaded_data<T>& data, const loaded_data<T>* validation,
                 validation_bound bound, const fit_options& options) {
    refuse_while_fitting("fit");
    prepare(data.rows.rows());
    if (!set_) initialise(options.seed);
    use_threads(options.threads);
    training.set_constants(data.constants);
    trained loop(*this, std::move(bound));
    const running now(fitting_);
    return internals::fit(loop, data.rows, validation ? &validation->rows : nullptr, options);
  }

  /// True while it lives.
  struct running {
    bool& flag;
    explicit running(bool& f) : flag(f) { flag = true; }
    running(const running&) = delete;
    ~running() { flag = false; }
  };
  /// Throws `variad::error` where `.on_epoch` would take the training program from under `fit`.
  void refuse_while_fitting(const char* call) const {
    if (fitting_)
      throw error(
          std::string(call) +
          ": called within fit, which runs the same program; make a second inference for it");
  }

  /// Lays the parameters out for this many data rows, and registers what is carried.
  void lay_out(std::size_t data_rows) {
    const program_tables<T>& tables = program<training_plan, T>::tables();
    state.lay_out(parameters_of(tables, training.ops(), data_rows));
    state_places<T>(tables, training.ops(), state);
  }

  /// Blocks that have a row for every datum are laid out when the data are known. Throws
  /// `variad::error` if they already belong to other data.
  void prepare(std::size_t data_rows) {
    if (!has_row_parameters<training_plan> || data_rows_ == data_rows) return;
    if (data_rows_ != 0)
      throw error("found data of " + std::to_string(data_rows) + " rows, expected the " +
                  std::to_string(data_rows_) +
                  " rows that the parameters of each row belong to; make a new inference for other "
                  "data");
    data_rows_ = data_rows;
    lay_out(data_rows);
    training.forget();
    evaluation.forget();
    weighting.forget();
    generation.forget();
    bounding_.reset();
    sized_for_ = {};
  }

  /// What the loop trains: gradients of the training program, bounds with hard latents.
  class trained final : public trainable_program<T> {
   public:
    explicit trained(program_set& set, validation_bound bound = {})
        : set_(set), bound_(std::move(bound)) {}

    void resize(std::size_t batch, unsigned threads, std::size_t rows) override {
      set_.training.resize(batch, threads, rows);
    }
    run_state<T>& state() override { return set_.state; }
    std::span<T> gradient() override { return set_.training.gradient(); }
    thread_pool* pool() override { return &set_.training.engine().pool(); }
    step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                                 const step_settings& settings) override {
      return set_.training.compute_gradient(data, rows, settings);
    }
    double evaluate(const dataset<T>& data, const step_settings& settings,
                    std::size_t batch) override {
      return bound_(data, settings, batch);
    }
    std::string signature() const override { return set_.training.signature(); }
    std::string method() const override { return set_.training.method(); }

   private:
    program_set& set_;
    validation_bound bound_;
  };
};

}  // namespace variad::internals
