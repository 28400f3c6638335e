#pragma once

#include <algorithm>
#include <memory>

#include <xtensor/xio.hpp>  // results are printed

#include <variad/dsl/inference/boltzmann_queries.hpp>
#include <variad/dsl/inference/misspelt_options.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/inference/plans.hpp>
#include <variad/dsl/inference/program_set.hpp>
#include <variad/dsl/inference/queries.hpp>
#include <variad/dsl/inference/read_data.hpp>
#include <variad/dsl/inference/samples.hpp>
#include <variad/dsl/passes/diagnose_calls.hpp>
#include <variad/runtime/simd/instruction_set.hpp>
#include <variad/runtime/training/named_parameters.hpp>

namespace variad::internals {

/// A model and a guide resolved for an objective: trains, evaluates, generates.
template <class Model, class Guide, class Objective, class T>
class inference : without_such_options {
  using all_plans = plans<Model, Guide, Objective>;

 public:
  using training_plan = typename all_plans::training;
  using evaluation_plan = typename all_plans::evaluation;
  using weighting_plan = typename all_plans::weighting;
  using generation_plan = typename all_plans::generation;

 private:
  /// The result of a call that runs R with data, or the mistake that the call holds.
  template <class Result, class R, class... B>
  using reading = typename problem::reading<Result, R, training_plan, type_list<B...>>::type;
  /// What queries ask for by name.
  template <fixed_string Name>
  using latent =
      problem::draw_of<evaluation_plan, to_name<Name>, problem::guide_draws_no_such_latent>;
  template <fixed_string Name>
  using discrete = problem::discrete_draw_of<evaluation_plan, to_name<Name>>;
  template <fixed_string Name>
  using mean_given_data = problem::mean_of_observed<evaluation_plan, to_name<Name>>;
  template <fixed_string Name>
  using draw_given_data = problem::draw_of_observed<evaluation_plan, to_name<Name>>;
  template <fixed_string Name>
  using generated = problem::mean_of_drawn<generation_plan, to_name<Name>>;
  template <fixed_string Name>
  using sampled =
      problem::draw_of<generation_plan, to_name<Name>, problem::model_draws_no_such_variable>;
  /// The result of such a query, or the mistake that the call holds.
  template <class Asked, class... B>
  using asking = typename problem::asking<array<T>, Asked, B...>::type;

  template <fixed_string Name>
  using about_latent = typename problem::unless<
      std::string_view,
      problem::if_missing<exists(problem::latent_named<training_plan>(to_name<Name>::view)),
                          problem::guide_draws_no_such_latent<to_name<Name>>>>::type;
  template <fixed_string Name>
  static constexpr node_id machine_node =
      internals::machine_node<evaluation_plan>(to_name<Name>::view);
  template <fixed_string Name, class Estimate>
  using log_z_of = typename problem::unless<
      Estimate, problem::if_missing<exists(machine_node<Name>),
                                    problem::no_boltzmann_prior<to_name<Name>>>>::type;

 public:
  inference(const Model& the_model, const Guide& the_guide)
      : made_(std::make_unique<made>(the_model, the_guide)) {
    program_and_library_need_the_same_march<xsimd::default_arch>();
  }

  const Model& model() const { return made_->model; }
  const Guide& guide() const { return made_->guide; }

  // --- what the compiler decided ---------------------------------------------------------------

  /// The estimator of a latent; a constant expression.
  template <fixed_string Name>
  static consteval about_latent<Name> estimator() {
    constexpr latent_id l = problem::latent_named<training_plan>(to_name<Name>::view);
    if constexpr (exists(l))
      return training_plan::estimator_infos[l].name;
    else
      return l;
  }
  /// Why that estimator was selected; a constant expression.
  template <fixed_string Name>
  static consteval about_latent<Name> reason() {
    constexpr latent_id l = problem::latent_named<training_plan>(to_name<Name>::view);
    if constexpr (exists(l))
      return training_plan::estimator_infos[l].reason.reason;
    else
      return l;
  }
  /// Nodes, estimators, schedule, parameters and arenas, to print or to read.
  variad::plan plan() const {
    return make_plan(tables_of<training_plan, T>, programs().state.pieces());
  }

  // --- training --------------------------------------------------------------------------------

  /// Trains on data, with options as in fit_options. The objective is the log joint of all data, of
  /// which the rows of a batch stand for all, and is shown and followed in nats per datum where the
  /// plate takes its size from the data, otherwise in all. Throws `variad::error` for bad input.
  template <class... B>
  reading<fit_report, training_plan, B...> fit(const data_bindings<B...>& data,
                                               const fit_options& options = {}) {
    return programs().fit(read(data), options);
  }
  /// The same, with validation data: the best checkpoint is kept, and patience stops early. Their
  /// bound is the mean of held-out rows, and what stands outside the plate as in training.
  template <class... B, class... V>
  auto fit(const data_bindings<B...>& data, const data_bindings<V...>& validation,
           const fit_options& options = {}) ->
      typename problem::reading<
          fit_report, training_plan, training_plan, type_list<B...>,
          problem::of_data<evaluation_plan, training_plan, typename V::variable_name...>>::type {
    return programs().fit(read(data), read(validation), tables_of<typename all_plans::bounding, T>,
                          options);
  }

  using without_such_options::fit;

  /// Takes all that a run carries to where it begins, and draws the initial parameters anew. `fit`
  /// does so with its own seed unless they were set.
  void initialise(std::uint64_t seed) { programs().initialise(seed); }

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
    return programs().gradient(data, rows, settings);
  }
  std::span<const T> gradient() { return programs().gradient(); }
  /// One step of an optimizer on some rows, with settings of one's own. It goes on with the slots
  /// and the rate of the steps before, those of `fit` among them, unless they are of another rule.
  step_result step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                   const optimizer& how, const step_settings& settings) {
    return programs().step(data, rows, how, settings);
  }
  /// The same, with the noise of seed 0 and of the step that the optimizer has reached.
  step_result step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                   const optimizer& how) {
    programs().state.use(how);
    return step(data, rows, how, {.step = programs().state.slots().step});
  }
  /// Threads of queries, and of steps outside `fit`; results do not depend on them.
  void use_threads(unsigned threads) { programs().use_threads(threads); }

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
    return programs().bound(tables_of<typename all_plans::bounding, T>, read(bindings), n.count,
                            seed);
  }

  /// The importance-weighted bound log (1/n) Σ p(x, z)/q(z | x) of every datum, in nats, without
  /// what stands outside the data plate. Throws `variad::error` where no weight is above zero.
  template <class... B>
  reading<std::vector<double>, weighting_plan, B...> log_likelihood_per_datum(
      const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0) {
    return programs().weigh(tables_of<weighting_plan, T>, read(bindings), n.count, seed).log_mean;
  }
  /// The same of all data, with what stands outside the plate: per datum where the plate takes its
  /// size from the data, otherwise in all.
  template <class... B>
  reading<bound_estimate, weighting_plan, B...> log_likelihood(const data_bindings<B...>& bindings,
                                                               samples n, std::uint64_t seed = 0) {
    return programs().log_likelihood(tables_of<weighting_plan, T>, read(bindings), n.count, seed);
  }

  /// A draw of a latent for every datum: [rows, event...], or [event...] for a global latent. The
  /// data need what the guide draws it from. Another seed gives another draw.
  template <fixed_string Name, class... B>
  auto posterior(const data_bindings<B...>& bindings, std::uint64_t seed = 0)
      -> asking<latent<Name>, B...> {
    const loaded_data<T> data = read(bindings);
    return values_of_node(evaluation(data), data, latent<Name>::node, seed);
  }
  /// n such draws: [n, rows, event...], or [n, event...].
  template <fixed_string Name, class... B>
  auto posterior(const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0)
      -> asking<latent<Name>, B...> {
    const loaded_data<T> data = read(bindings);
    program<T>& p = evaluation(data);
    return stack_draws<T>(n.count, [&](std::uint64_t draw) {
      return values_of_node(p, data, latent<Name>::node, seed, draw);
    });
  }

  /// What n draws of a latent are like, number by number: mean, standard deviation, and 5, 50 and
  /// 95 %, to read or to print. Throws `variad::error` for fewer than two draws.
  template <fixed_string Name, class... B>
  auto summary(const data_bindings<B...>& bindings, samples n = samples(1000),
               std::uint64_t seed = 0) ->
      typename problem::asking<latent_summary, latent<Name>, B...>::type {
    const loaded_data<T> data = read(bindings);
    return summaries_of_nodes(evaluation(data), data, {latent<Name>::node}, n.count, seed).front();
  }
  /// The same of all latents. The data need what the guide draws them from.
  template <class... B>
  auto summary(const data_bindings<B...>& bindings, samples n = samples(1000),
               std::uint64_t seed = 0) ->
      typename problem::asking_for_draws<posterior_summary, evaluation_plan, B...>::type {
    const loaded_data<T> data = read(bindings);
    return summary_of_guide(evaluation(data), data, n.count, seed);
  }
  /// Both without data, of a guide that reads none. (The call is where a mistake is named, hence
  /// R.)
  template <fixed_string Name, class R = latent<Name>>
  auto summary(samples n = samples(1000), std::uint64_t seed = 0) ->
      typename problem::asking<latent_summary, R>::type {
    return summary<Name>(data(), n, seed);
  }
  template <class R = evaluation_plan>
  auto summary(samples n = samples(1000), std::uint64_t seed = 0) ->
      typename problem::asking_for_draws<posterior_summary, R>::type {
    return summary(data(), n, seed);
  }

  /// The probabilities with which the guide draws a discrete latent: of each category [rows,
  /// event..., K], of a binary one that of 1 [rows, event...]. Where they depend on other draws,
  /// their average over n of those.
  template <fixed_string Name, class... B>
  auto probabilities(const data_bindings<B...>& bindings, samples n = samples(1),
                     std::uint64_t seed = 0) -> asking<discrete<Name>, B...> {
    return average_mean<discrete<Name>>(bindings, n, seed);
  }

  /// The mean of an observed variable given latents drawn from the guide: a reconstruction, or the
  /// prediction at new inputs, [rows, event...]. The data need what these are drawn from and what
  /// the mean depends on, the variable itself only where the guide reads it. Of data with gaps it
  /// fills these in, by the guide's mean where the guide draws them, and has the data elsewhere.
  template <fixed_string Name, class... B>
  auto predict(const data_bindings<B...>& bindings, std::uint64_t seed = 0)
      -> asking<mean_given_data<Name>, B...> {
    return predict<Name>(bindings, samples(1), seed);
  }
  /// Its average over n draws of the latents.
  template <fixed_string Name, class... B>
  auto predict(const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0)
      -> asking<mean_given_data<Name>, B...> {
    return average_mean<mean_given_data<Name>>(bindings, n, seed);
  }
  /// A draw of an observed variable given data, [rows, event...]: from its density, of latents
  /// drawn from the guide (the posterior predictive distribution). Of data with gaps it fills these
  /// in. These are the draws that
  /// `posterior` gives with the same seed. The data need what `predict` needs. Throws
  /// `variad::error` for a parameter of a draw that is not what its family needs.
  template <fixed_string Name, class... B>
  auto sample(const data_bindings<B...>& bindings, std::uint64_t seed = 0)
      -> asking<draw_given_data<Name>, B...> {
    if constexpr (constexpr node_id at = draw_given_data<Name>::node; exists(at)) {
      const loaded_data<T> data = read(bindings);
      return made_at_node(evaluation(data), data, at, draw_given_data<Name>::first, draw_code<at>,
                          seed);
    } else {
      return at;
    }
  }
  /// n such draws: [n, rows, event...].
  template <fixed_string Name, class... B>
  auto sample(const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0)
      -> asking<draw_given_data<Name>, B...> {
    if constexpr (constexpr node_id at = draw_given_data<Name>::node; exists(at)) {
      const loaded_data<T> data = read(bindings);
      program<T>& p = evaluation(data);
      return stack_draws<T>(n.count, [&](std::uint64_t draw) {
        return made_at_node(p, data, at, draw_given_data<Name>::first, draw_code<at>, seed, draw);
      });
    } else {
      return at;
    }
  }

  /// n rows of a variable from the model: its mean given latents drawn from the priors,
  /// [n, event...]. Outside the data plate: n of them, each of latents drawn anew. Throws
  /// `variad::error` for another number than the data plate states.
  template <fixed_string Name>
  auto generate(std::size_t n, std::uint64_t seed = 0) -> asking<generated<Name>> {
    if constexpr (constexpr node_id at = generated<Name>::node; exists(at))
      return in_rows_or_draws<T>(tables_of<generation_plan, T>, at, n,
                                 [&](const loaded_data<T>& rows, std::uint64_t draw) {
                                   return generated_means<at>(rows, seed, draw);
                                 });
    else
      return at;
  }
  /// The same for a model with `given` variables: a row for each row of theirs.
  template <fixed_string Name, class... B>
  auto generate(const data_bindings<B...>& given, std::uint64_t seed = 0)
      -> asking<generated<Name>, B...> {
    if constexpr (constexpr node_id at = generated<Name>::node; exists(at))
      return generated_means<at>(read_data(tables_of<generation_plan, T>, given), seed, 0);
    else
      return at;
  }
  /// n rows of draws of any variable of the model, [n, event...], latents from the priors; as in
  /// `generate`.
  template <fixed_string Name>
  auto sample(std::size_t n, std::uint64_t seed = 0) -> asking<sampled<Name>> {
    if constexpr (constexpr node_id at = sampled<Name>::node; exists(at))
      return in_rows_or_draws<T>(tables_of<generation_plan, T>, at, n,
                                 [&](const loaded_data<T>& rows, std::uint64_t draw) {
                                   return values_of_node(generation(rows), rows, at, seed, draw);
                                 });
    else
      return at;
  }
  /// The same for a model with `given` variables: a row for each row of theirs, whatever was
  /// learned of the latents.
  template <fixed_string Name, class... B>
  auto prior_sample(const data_bindings<B...>& given, std::uint64_t seed = 0)
      -> asking<sampled<Name>, B...> {
    const loaded_data<T> rows = read_data(tables_of<generation_plan, T>, given);
    return values_of_node(generation(rows), rows, sampled<Name>::node, seed);
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
    return programs().state.parameter_table();
  }
  /// A parameter by its name, `q.z.dense0.weight`. Throws `variad::error` naming those there are.
  array<T> parameter(std::string_view name) const {
    return value_of_parameter(programs().state, name);
  }
  /// Sets a parameter. Throws `variad::error` if there is none of that name, or its shape differs.
  void set_parameter(std::string_view name, const array<T>& value) {
    programs().set_parameter(name, value);
  }
  /// Takes the parameters from a checkpoint, for use without training, and what else it has of this
  /// program's chains, averages and moments; the rest begins anew.
  void load_checkpoint(const std::string& path) { programs().load_checkpoint(path); }

  /// What runs it, for tools that know no model.
  program_set<T>& programs() const { return made_->programs; }

 private:
  /// A model and a guide where they stay, and their programs, which point into them.
  struct made {
    Model model;
    Guide guide;
    program_set<T> programs{tables_of<training_plan, T>, all_plans::values(model, guide)};
    made(const Model& p, const Guide& q) : model(p), guide(q) {}
  };
  program<T>& evaluation(const loaded_data<T>& data) {
    return programs().ready(tables_of<evaluation_plan, T>, data, program_set<T>::unlearnt::drawn);
  }
  program<T>& generation(const loaded_data<T>& data) {
    return programs().ready_to_generate(tables_of<generation_plan, T>,
                                        all_plans::values(made_->model), data);
  }

  template <class R, node_id At>
  static constexpr family_code<T> mean_code = code_of_mean<typename R::template family_at<At>, T>();
  template <node_id At>
  static constexpr family_code<T> draw_code =
      code_of_draw<typename evaluation_plan::template family_at<At>, T>();

  /// The mean at the node that is asked for, averaged over n draws of what it depends on.
  template <class Asked, class... B>
  auto average_mean(const data_bindings<B...>& bindings, samples n, std::uint64_t seed) {
    if constexpr (constexpr node_id at = Asked::node; exists(at)) {
      const loaded_data<T> data = read(bindings);
      program<T>& p = evaluation(data);
      return average_draws<T>(n.count, [&](std::uint64_t draw) {
        return made_at_node(p, data, at, Asked::first, mean_code<evaluation_plan, at>, seed, draw);
      });
    } else {
      return at;
    }
  }
  template <node_id At>
  array<T> generated_means(const loaded_data<T>& rows, std::uint64_t seed, std::uint64_t draw) {
    return made_at_node(generation(rows), rows, At, 0, mean_code<generation_plan, At>, seed, draw);
  }

  template <fixed_string Name, class F>
  auto noted_log_z(F&& estimate) {
    if constexpr (constexpr node_id at = machine_node<Name>; exists(at))
      return note_log_z<evaluation_plan, at>(programs().of(tables_of<evaluation_plan, T>),
                                             estimate);
    else
      return at;
  }

  template <class... B>
  static loaded_data<T> read(const data_bindings<B...>& bindings) {
    return read_data(tables_of<training_plan, T>, bindings);
  }

  std::unique_ptr<made> made_;
};

}  // namespace variad::internals
