#pragma once

#include <memory>

#include <variad/dsl/inference/check_literals.hpp>
#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/dsl/objectives/elbo.hpp>
#include <variad/dsl/objectives/iwae.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/training/checkpoint.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad {

/// Whether a resolved program has parameters for each row of the data plate.
template <class R>
inline constexpr bool has_row_parameters = [] {
  constexpr int plate = R::program.data_plate;
  for (const node& n : R::program.nodes)
    if (n.active && n.per_row && plate >= 0 && (n.axes >> (first_plate_axis + plate) & 1))
      return true;
  return false;
}();

/// The programs of a model and a guide, and the parameters that they share: one trains, one
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
  parameter_set<T> generation_parameters_;
  std::size_t data_rows_ = 0;
  std::pair<std::size_t, std::size_t> sized_for_{};
  bool set_ = false;
  unsigned threads_ = 1;

 public:
  /// Samples that the weighting program draws at a time: those of the objective, if it weighs.
  static constexpr int chunk =
      Objective::traits().importance_weighted ? Objective::traits().importance : 20;

  using training_plan = resolved<tokens, guide_tokens, Objective, use::training>;
  using evaluation_plan = resolved<tokens, guide_tokens, elbo<1>, use::evaluation>;
  using weighting_plan = resolved<tokens, guide_tokens, iwae<chunk>, use::evaluation>;
  using generation_plan = resolved<model_tokens, model_tokens::size, elbo<1>, use::evaluation>;

  parameter_set<T> parameters;
  op_states<T> states;
  program<training_plan, T> training{values_, parameters, states};
  program<evaluation_plan, T> evaluation{values_, parameters, states};
  program<weighting_plan, T> weighting{values_, parameters, states};
  program<generation_plan, T> generation{model_values_, generation_parameters_, states};

  const Model& model() const { return p_; }
  const Guide& guide() const { return q_; }

  program_set(const Model& p, const Guide& q) : p_(p), q_(q) {
    use_one_blas_thread();
    check_literals<training_plan>(values_);
    build_parameters(0);
  }
  program_set(const program_set&) = delete;
  program_set& operator=(const program_set&) = delete;

  void initialise(std::uint64_t seed) {
    parameters.initialise(seed);
    states.reset();
    set_ = true;
  }
  /// The values of the parameters are no longer those of the initialisers.
  void keep_parameters() { set_ = true; }

  /// The number of threads of queries, and of steps outside `fit`.
  void use_threads(unsigned threads) {
    threads_ = threads;
    sized_for_ = {};
  }

  /// The training program, ready for a step on these rows.
  program<training_plan, T>& ready_to_step(const loaded_data<T>& data,
                                           std::span<const std::uint32_t> row_ids) {
    const std::size_t rows = row_ids.size();
    for (const std::uint32_t r : row_ids)
      if (r >= data.rows.rows())
        throw error("gradient: found row " + std::to_string(r) + ", expected one of the " +
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

  /// The mean bound of the objective over all rows, latents drawn hard.
  double evaluate(const dataset<T>& data, const step_settings& settings, std::size_t batch) {
    if constexpr (Objective::traits().importance_weighted)
      return weighting.evaluate(data, settings, batch);
    else
      return evaluation.evaluate(data, settings, batch);
  }
  void ready_to_evaluate(const loaded_data<T>& data) {
    if constexpr (Objective::traits().importance_weighted)
      ready(weighting, data);
    else
      ready(evaluation, data);
  }

  /// A program, ready for queries of these data.
  template <class P>
  P& ready(P& program, const loaded_data<T>& data) {
    prepare(data.rows.rows());
    program.set_threads(threads_);
    program.set_constants(data.constants);
    return program;
  }

  /// The program of the model alone, with the parameters as they are now, for these data.
  program<generation_plan, T>& ready_to_generate(const loaded_data<T>& data) {
    if constexpr (has_row_parameters<generation_plan>)
      throw error(
          "the model has parameters for each row of the data, and none for rows to generate");
    generation.set_threads(threads_);
    generation.set_constants(data.constants);
    if (generation_parameters_.table().empty())
      generation_parameters_.build(program<generation_plan, T>::tables(), generation.ops(), 0, 0);
    for (const parameter_info& to : generation_parameters_.table()) {
      const parameter_info* from = parameters.find(to.name);
      std::copy_n(parameters.values().data() + from->offset, from->size,
                  generation_parameters_.values().data() + to.offset);
    }
    return generation;
  }

  fit_report fit(const loaded_data<T>& data, const loaded_data<T>* validation,
                 const fit_options& options) {
    if (has_row_parameters<training_plan> && validation)
      throw error(
          "fit: found validation data, expected none: the guide or the model has parameters for "
          "each row of the training data");
    prepare(data.rows.rows());
    if (!set_) initialise(options.seed);
    use_threads(options.threads);
    training.set_constants(data.constants);
    if (validation) ready_to_evaluate(*validation);
    trained loop(*this);
    return variad::fit(loop, data.rows, validation ? &validation->rows : nullptr, options);
  }

  void load_checkpoint(const std::string& path) {
    if (has_row_parameters<training_plan> && data_rows_ == 0) prepare(rows_of_checkpoint(path));
    training.resize(1, 1, std::max<std::size_t>(data_rows_, 1));
    sized_for_ = {};
    trained loop(*this);
    load_parameters(loop, path);
    keep_parameters();
  }

 private:
  std::vector<const void*> values_of_all() const {
    std::vector<const void*> out(tokens::size, nullptr);
    detail::value_collector(out.data()).template program<true>(q_);
    detail::value_collector(out.data() + guide_tokens).template program<false>(p_);
    return out;
  }
  std::vector<const void*> values_of_model() const {
    std::vector<const void*> out(model_tokens::size, nullptr);
    detail::value_collector(out.data()).template program<true>(p_);
    return out;
  }

  void build_parameters(std::size_t data_rows) {
    parameters.build(program<training_plan, T>::tables(), training.ops(), data_rows, 0);
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
    build_parameters(data_rows);
    training.forget();
    evaluation.forget();
    weighting.forget();
    sized_for_ = {};
  }

  /// What the loop trains: gradients of the training program, bounds with hard latents.
  class trained final : public trainable_program<T> {
   public:
    explicit trained(program_set& set) : set_(set) {}

    void resize(std::size_t batch, unsigned threads, std::size_t rows) override {
      set_.training.resize(batch, threads, rows);
    }
    std::span<T> parameters() override { return set_.training.parameters(); }
    std::span<T> gradient() override { return set_.training.gradient(); }
    const std::vector<parameter_info>& parameter_table() override {
      return set_.parameters.table();
    }
    thread_pool* pool() override { return &set_.training.engine().pool(); }
    step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                                 const step_settings& settings) override {
      return set_.training.compute_gradient(data, rows, settings);
    }
    double evaluate(const dataset<T>& data, const step_settings& settings,
                    std::size_t batch) override {
      return set_.evaluate(data, settings, batch);
    }
    std::vector<std::pair<std::string, std::span<T>>> state() override {
      return set_.training.state();
    }
    std::string signature() const override { return set_.training.signature(); }
    std::string method() const override { return set_.training.method(); }

   private:
    program_set& set_;
  };
};

}  // namespace variad
