#pragma once

#include <cmath>
#include <numeric>

#include <variad/dsl/inference/boltzmann_queries.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/inference/program_set.hpp>
#include <variad/dsl/inference/queries.hpp>
#include <variad/dsl/inference/read_data.hpp>
#include <variad/runtime/optim/clip.hpp>
#include <variad/runtime/training/named_parameters.hpp>

namespace variad {

/// How many samples to take, at least one.
struct samples {
  std::size_t count;
  constexpr explicit samples(std::size_t n) : count(n) {
    if (n == 0) throw error("samples: found 0, expected at least one");
  }
};

}  // namespace variad

namespace variad::internals {

/// A model and a guide resolved for an objective: trains, evaluates, generates.
template <class Model, class Guide, class Objective, class T>
class inference {
  using programs_type = program_set<Model, Guide, Objective, T>;

 public:
  using training_plan = typename programs_type::training_plan;
  using evaluation_plan = typename programs_type::evaluation_plan;
  using weighting_plan = typename programs_type::weighting_plan;
  using generation_plan = typename programs_type::generation_plan;

 private:
  /// The result of a call that runs R with data, or the mistake that the call holds.
  template <class Result, class R, class... B>
  using reading = typename problem::reading<Result, R, training_plan, type_list<B...>>::type;
  /// The result of a query for a node of R, or the mistake that the call holds.
  template <class R, node_id Node, int First, class Missing, class... B>
  using asking = typename problem::asking<array<T>, R, Node, First, Missing, B...>::type;

  /// The latent of this name, or none.
  static consteval latent_id latent_named(std::string_view name) {
    const auto& g = training_plan::shaped;
    return problem::first_of(g.latent_ids(), [&](latent_id l) {
      return problem::lists_name(g[g.latent(l).draw].label, name);
    });
  }
  template <fixed_string Name>
  using about_latent = typename problem::unless<
      std::string_view,
      problem::if_missing<exists(latent_named(to_name<Name>::view)),
                          problem::guide_draws_no_such_latent<to_name<Name>>>>::type;
  // The nodes that queries ask for, by name, or none.
  template <fixed_string Name>
  static constexpr node_id posterior_node =
      problem::drawn_node<evaluation_plan>(to_name<Name>::view);
  template <fixed_string Name>
  static constexpr node_id density_node =
      problem::density_node<evaluation_plan>(to_name<Name>::view);
  template <fixed_string Name>
  static constexpr node_id drawn_node = problem::drawn_node<generation_plan>(to_name<Name>::view);
  template <fixed_string Name>
  static constexpr node_id predicted_node =
      problem::node_with_mean<evaluation_plan>(density_node<Name>);
  template <fixed_string Name>
  static constexpr node_id generated_node =
      problem::node_with_mean<generation_plan>(drawn_node<Name>);
  template <fixed_string Name>
  static constexpr node_id machine_node =
      internals::machine_node<evaluation_plan>(to_name<Name>::view);
  template <fixed_string Name>
  using no_machine =
      problem::if_missing<exists(machine_node<Name>), problem::no_boltzmann_prior<to_name<Name>>>;
  template <fixed_string Name, class Estimate>
  using log_z_of = typename problem::unless<Estimate, no_machine<Name>>::type;
  template <fixed_string Name>
  using no_prediction = problem::no_mean<evaluation_plan, density_node<Name>,
                                         problem::model_observes_no_such_variable, to_name<Name>>;
  template <fixed_string Name>
  using no_generation = problem::no_mean<generation_plan, drawn_node<Name>,
                                         problem::model_draws_no_such_variable, to_name<Name>>;

 public:
  inference(const Model& the_model, const Guide& the_guide)
      : programs_(std::make_unique<programs_type>(the_model, the_guide)) {}

  const Model& model() const { return programs_->model(); }
  const Guide& guide() const { return programs_->guide(); }

  // --- what the compiler decided ---------------------------------------------------------------

  /// The estimator of a latent; a constant expression.
  template <fixed_string Name>
  static consteval about_latent<Name> estimator() {
    constexpr latent_id l = latent_named(to_name<Name>::view);
    if constexpr (exists(l))
      return training_plan::estimator_infos[l].name;
    else
      return l;
  }
  /// Why that estimator was selected; a constant expression.
  template <fixed_string Name>
  static consteval about_latent<Name> reason() {
    constexpr latent_id l = latent_named(to_name<Name>::view);
    if constexpr (exists(l))
      return training_plan::estimator_infos[l].reason.reason;
    else
      return l;
  }
  /// Nodes, estimators, schedule, parameters and arenas, to print or to read.
  variad::plan plan() const {
    return make_plan(program<training_plan, T>::tables(), programs_->state.pieces());
  }

  // --- training --------------------------------------------------------------------------------

  /// Trains on data, with options as in fit_options. The objective is the log joint of all data, of
  /// which the rows of a batch stand for all, and is shown and followed in nats per datum where the
  /// plate takes its size from the data, otherwise in all. Throws `variad::error` for bad input.
  template <class... B>
  reading<fit_report, training_plan, B...> fit(const data_bindings<B...>& data,
                                               const fit_options& options = {}) {
    return programs_->fit(read(data), options);
  }
  /// The same, with validation data: the best checkpoint is kept, and patience stops early. Their
  /// bound is the mean of held-out rows, and what stands outside the plate as in training.
  template <class... B, class... V>
  auto fit(const data_bindings<B...>& data, const data_bindings<V...>& validation,
           const fit_options& options = {}) ->
      typename problem::reading<
          fit_report, training_plan, training_plan, type_list<B...>,
          problem::of_data<evaluation_plan, training_plan, typename V::variable_name...>>::type {
    return programs_->fit(read(data), read(validation), options);
  }

  /// Takes all that a run carries to where it begins, and draws the initial parameters anew. `fit`
  /// does so with its own seed unless they were set.
  void initialise(std::uint64_t seed) { programs_->initialise(seed); }

  /// Reads and checks data once, for loops of one's own.
  template <class... B>
  reading<loaded_data<T>, training_plan, B...> load(const data_bindings<B...>& bindings) const {
    return read(bindings);
  }
  /// The bound of some rows; its gradient, ascending, stands in `gradient()`. Equal settings give
  /// equal noise (loops count `.step`), but each call also moves on what the model keeps: Markov
  /// chains, running averages. Throws `variad::error` for a row that the data lack,
  /// and for a bound or a gradient that is not finite, naming statement, cause and repair.
  step_result gradient(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                       const step_settings& settings = {}) {
    check(settings);
    auto& training = programs_->ready_to_step(data, rows);
    programs_->state.set_aside();
    const step_result r = training.compute_gradient(data.rows, rows, settings);
    // The norm is one pass over all; it may be infinite, too, where values are merely large.
    const parameter_info* const bad =
        std::isfinite(norm(gradient())) ? nullptr : first_not_finite(programs_->state, gradient());
    if (bad != nullptr || !r.non_finite_node.empty()) programs_->state.bring_back();
    if (!r.non_finite_node.empty()) refuse_values("gradient", r.non_finite_node, r.cause);
    if (bad != nullptr)
      throw error("gradient: that of the parameter '" + bad->name +
                  "' is not finite though the bound is; look for a square root or a logarithm of "
                  "0, and for values out of range");
    return r;
  }
  std::span<const T> gradient() { return programs_->training.gradient(); }
  /// One step of an optimizer on some rows, with settings of one's own. It goes on with the slots
  /// and the rate of the steps before, those of `fit` among them, unless they are of another rule.
  step_result step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                   const optimizer& how, const step_settings& settings) {
    const step_result r = gradient(data, rows, settings);
    programs_->state.use(how);
    how.ascend(programs_->state.slots(), programs_->state.parameters(), gradient(),
               &programs_->training.engine().pool());
    return r;
  }
  /// The same, with the noise of seed 0 and of the step that the optimizer has reached.
  step_result step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                   const optimizer& how) {
    programs_->state.use(how);
    return step(data, rows, how, {.step = programs_->state.slots().step});
  }
  /// Threads of queries, and of steps outside `fit`; results do not depend on them.
  void use_threads(unsigned threads) { programs_->use_threads(threads); }

  // --- after training --------------------------------------------------------------------------

  /// The bound of the objective on data: as many draws as the objective averages, at least two, or
  /// as many as are asked for. Discrete latents are drawn hard, or under `elbo` summed over
  /// where the guide enumerates them. Per datum where the plate takes its size from the data,
  /// otherwise in all. Throws `variad::error` naming the statement whose terms are not finite.
  template <class... B>
  reading<bound_estimate, evaluation_plan, B...> bound(const data_bindings<B...>& bindings,
                                                       std::uint64_t seed = 0) {
    constexpr int draws = std::max(2, Objective::traits.replicates);
    return bound(bindings, samples(static_cast<std::size_t>(draws)), seed);
  }
  template <class... B>
  reading<bound_estimate, evaluation_plan, B...> bound(const data_bindings<B...>& bindings,
                                                       samples n, std::uint64_t seed = 0) {
    return programs_->bound(read(bindings), n.count, seed);
  }

  /// The importance-weighted bound log (1/n) Σ p(x, z)/q(z | x) of every datum, in nats, without
  /// what stands outside the data plate. Throws `variad::error` where no weight is above zero.
  template <class... B>
  reading<std::vector<double>, weighting_plan, B...> log_likelihood_per_datum(
      const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0) {
    return weigh(read(bindings), n, seed).log_mean;
  }
  /// The same of all data, with what stands outside the plate: per datum where the plate takes its
  /// size from the data, otherwise in all.
  template <class... B>
  reading<bound_estimate, weighting_plan, B...> log_likelihood(const data_bindings<B...>& bindings,
                                                               samples n, std::uint64_t seed = 0) {
    const loaded_data<T> data = read(bindings);
    const mean_weights w = weigh(data, n, seed);
    bound_estimate e{.count = programs_type::count_of(data)};
    e.value = (w.outside + sum_of(w.log_mean)) / e.count;
    double square = 0;
    for (const double error_of_row : w.standard_error) square += error_of_row * error_of_row;
    e.standard_error = std::sqrt(square) / e.count;
    return e;
  }

  /// A draw of a latent for every datum: [rows, event...], or [event...] for a global latent. The
  /// data need what the guide draws it from. Another seed gives another draw.
  template <fixed_string Name, class... B>
  auto posterior(const data_bindings<B...>& bindings, std::uint64_t seed = 0)
      -> asking<evaluation_plan, posterior_node<Name>, -1,
                problem::guide_draws_no_such_latent<to_name<Name>>, B...> {
    const loaded_data<T> data = read(bindings);
    return values_of_node(programs_->ready(programs_->evaluation, data), data, posterior_node<Name>,
                          seed);
  }
  /// n such draws: [n, rows, event...], or [n, event...].
  template <fixed_string Name, class... B>
  auto posterior(const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0)
      -> asking<evaluation_plan, posterior_node<Name>, -1,
                problem::guide_draws_no_such_latent<to_name<Name>>, B...> {
    const loaded_data<T> data = read(bindings);
    auto& p = programs_->ready(programs_->evaluation, data);
    return stack_draws(n.count, [&](std::uint64_t draw) {
      return values_of_node(p, data, posterior_node<Name>, seed, draw);
    });
  }

  /// The mean of an observed variable given latents drawn from the guide: a reconstruction, or the
  /// prediction at new inputs, [rows, event...]. The data need what these are drawn from and what
  /// the mean depends on, the variable itself only where the guide reads it.
  template <fixed_string Name, class... B>
  auto predict(const data_bindings<B...>& bindings, std::uint64_t seed = 0)
      -> asking<evaluation_plan, predicted_node<Name>, 1, no_prediction<Name>, B...> {
    return predict<Name>(bindings, samples(1), seed);
  }
  /// Its average over n draws of the latents.
  template <fixed_string Name, class... B>
  auto predict(const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0)
      -> asking<evaluation_plan, predicted_node<Name>, 1, no_prediction<Name>, B...> {
    if constexpr (constexpr node_id at = predicted_node<Name>; exists(at)) {
      const loaded_data<T> data = read(bindings);
      auto& p = programs_->ready(programs_->evaluation, data);
      return average_draws(n.count, [&](std::uint64_t draw) {
        return means_of_node<typename evaluation_plan::template family_at<at>>(p, data, at, 1, seed,
                                                                               draw);
      });
    } else {
      return at;
    }
  }

  /// n rows of a variable from the model: its mean given latents drawn from the priors,
  /// [n, event...]. Outside the data plate: n of them, each of latents drawn anew. Throws
  /// `variad::error` for another number than the data plate states.
  template <fixed_string Name>
  auto generate(std::size_t n, std::uint64_t seed = 0)
      -> asking<generation_plan, generated_node<Name>, 0, no_generation<Name>> {
    if constexpr (constexpr node_id at = generated_node<Name>; exists(at))
      return programs_->ready_to_generate().template means<at>(n, seed);
    else
      return at;
  }
  /// The same for a model with `given` variables: a row for each row of theirs.
  template <fixed_string Name, class... B>
  auto generate(const data_bindings<B...>& given, std::uint64_t seed = 0)
      -> asking<generation_plan, generated_node<Name>, 0, no_generation<Name>, B...> {
    return programs_->ready_to_generate().template means<generated_node<Name>>(
        read_data<generation_plan, T>(given), seed);
  }
  /// n rows of draws of any variable of the model, [n, event...]; as in `generate`.
  template <fixed_string Name>
  auto sample(std::size_t n, std::uint64_t seed = 0)
      -> asking<generation_plan, drawn_node<Name>, -1,
                problem::model_draws_no_such_variable<to_name<Name>>> {
    if constexpr (constexpr node_id at = drawn_node<Name>; exists(at))
      return programs_->ready_to_generate().template values<at>(n, seed);
    else
      return at;
  }
  /// The same for a model with `given` variables: a row for each row of theirs.
  template <fixed_string Name, class... B>
  auto sample(const data_bindings<B...>& given, std::uint64_t seed = 0)
      -> asking<generation_plan, drawn_node<Name>, -1,
                problem::model_draws_no_such_variable<to_name<Name>>, B...> {
    return programs_->ready_to_generate().template values<drawn_node<Name>>(
        read_data<generation_plan, T>(given), seed);
  }

  /// log Z of the Boltzmann prior of a latent, in nats, with its standard error: by enumeration
  /// (exact_sum), annealed importance sampling (annealed_options), or parallel tempering with
  /// bridge sampling (tempered_options). The bounds of these parameters count it from then on; it
  /// is not part of a checkpoint.
  template <fixed_string Name>
  auto log_z(exact_sum) -> log_z_of<Name, log_z_estimate> {
    return noted_log_z<Name>([](const auto& m, const auto&) {
      return log_z_estimate{log_z_exact(m), 0.0};
    });
  }
  template <fixed_string Name>
  auto log_z(const annealed_options& options) -> log_z_of<Name, annealed_estimate> {
    return noted_log_z<Name>(
        [&](const auto& m, const auto&) { return log_z_annealed(m, options); });
  }
  template <fixed_string Name>
  auto log_z(const tempered_options& options) -> log_z_of<Name, tempered_estimate> {
    return noted_log_z<Name>(
        [&](const auto& m, const auto&) { return log_z_tempered(m, options); });
  }
  /// The estimate that bounds make of their own, exact or by annealed importance sampling, anew.
  template <fixed_string Name>
  auto log_z() -> log_z_of<Name, log_z_estimate> {
    return noted_log_z<Name>([](const auto& m, const auto& s) { return log_z_for_bounds(m, s); });
  }

  // --- parameters ------------------------------------------------------------------------------

  const std::vector<parameter_info>& parameter_table() const {
    return programs_->state.parameter_table();
  }
  /// A parameter by its name, `q.z.dense0.weight`. Throws `variad::error` naming those there are.
  array<T> parameter(std::string_view name) const {
    return value_of_parameter(programs_->state, name);
  }
  /// Sets a parameter. Throws `variad::error` if there is none of that name, or its shape differs.
  void set_parameter(std::string_view name, const array<T>& value) {
    set_value_of_parameter(programs_->state, name, value);
    programs_->keep_parameters();
  }
  /// Takes the parameters from a checkpoint, for use without training, and what else it has of this
  /// program's chains, averages and moments; the rest begins anew.
  void load_checkpoint(const std::string& path) { programs_->load_checkpoint(path); }

 private:
  template <fixed_string Name, class F>
  auto noted_log_z(F&& estimate) {
    if constexpr (constexpr node_id at = machine_node<Name>; exists(at))
      return note_log_z<at>(programs_->evaluation, estimate);
    else
      return at;
  }

  mean_weights weigh(const loaded_data<T>& data, samples n, std::uint64_t seed) {
    return log_mean_weights(programs_->ready(programs_->weighting, data), data,
                            programs_type::chunk, n.count, seed);
  }

  template <class... B>
  static loaded_data<T> read(const data_bindings<B...>& bindings) {
    return read_data<training_plan, T>(bindings);
  }

  std::unique_ptr<programs_type> programs_;
};

}  // namespace variad::internals
