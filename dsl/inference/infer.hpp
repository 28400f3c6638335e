#pragma once

#include <optional>

#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/dsl/inference/unresolved.hpp>
#include <variad/dsl/objectives/elbo.hpp>
#include <variad/dsl/objectives/iwae.hpp>
#include <variad/runtime/data/array.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad {

/// How many samples to take.
struct samples {
  std::size_t count;
  constexpr explicit samples(std::size_t n) : count(n) {}
};

/// A model and a guide resolved for an objective: trains, evaluates, generates.
template <class Model, class Guide, class Objective, class T>
class inference {
  static constexpr std::size_t guide_tokens = tokens_of<Guide>::size;
  using tokens = concatenated<tokens_of<Guide>, tokens_of<Model>>;
  /// Samples that log_likelihood evaluates at a time.
  static constexpr int chunk = 20;

 public:
  using training_plan = resolved<tokens, guide_tokens, Objective, use::training>;
  using evaluation_plan = resolved<tokens, guide_tokens, elbo<1>, use::evaluation>;
  using weighting_plan = resolved<tokens, guide_tokens, iwae<chunk>, use::evaluation>;
  using generation_plan = resolved<ancestral_tokens_of<Model>, ancestral_tokens_of<Model>::size,
                                   elbo<1>, use::evaluation>;

 private:
  /// The result of a call that runs R with data, or the mistake that the call holds.
  template <class Result, class R, class... B>
  using reading = typename problem::reading<Result, R, training_plan, type_list<B...>>::type;
  template <class Result, class R, fixed_string Name>
  using drawing = typename problem::drawing<Result, R, to_name<Name>>::type;

 public:
  inference(const Model& the_model, const Guide& the_guide)
      : state_(std::make_unique<state>(the_model, the_guide)) {}

  // --- what the compiler decided ---------------------------------------------------------------

  /// The estimator of a latent; a constant expression.
  template <fixed_string Name>
  static consteval std::string_view estimator() {
    return training_plan::estimator_infos[latent_index(to_name<Name>::view)].name;
  }
  /// Why that estimator was selected; a constant expression.
  template <fixed_string Name>
  static consteval std::string_view reason() {
    return training_plan::estimator_infos[latent_index(to_name<Name>::view)].reason.reason;
  }
  variad::plan plan() const {
    return detail::make_plan(program<training_plan, T>::tables(), state_->parameters.table());
  }

  // --- training --------------------------------------------------------------------------------

  /// Trains on data, with options as in fit_options; the bound is in nats per datum, or in all
  /// where there are global latents. Throws `variad::error` for bad input.
  template <class... B>
  reading<fit_report, training_plan, B...> fit(const data_bindings<B...>& data,
                                               const fit_options& options = {}) {
    return run(read_data(data), nullptr, options);
  }
  /// The same, with validation data: the best checkpoint is kept, and patience stops early.
  template <class... B, class... V>
  auto fit(const data_bindings<B...>& data, const data_bindings<V...>& validation,
           const fit_options& options = {}) ->
      typename problem::reading<
          fit_report, training_plan, training_plan, type_list<B...>,
          problem::of_data<training_plan, typename V::variable_name...>>::type {
    const loaded_data<T> held_out = read_data(validation);
    return run(read_data(data), &held_out.rows, options);
  }

  /// Draws the initial parameters anew. `fit` does so with its own seed unless they were set.
  void initialise(std::uint64_t seed) {
    state_->parameters.initialise(seed);
    state_->set = true;
  }

  /// Reads and checks data once, for loops of one's own.
  template <class... B>
  reading<loaded_data<T>, training_plan, B...> load(const data_bindings<B...>& bindings) const {
    return read_data(bindings);
  }
  /// The bound of some rows; its gradient, ascending, stands in `gradient()`.
  step_result gradient(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                       const step_settings& settings = {}) {
    auto& p = state_->training;
    prepare_parameters(data.rows.rows());
    p.set_constants(data.constants);
    if (!state_->sized || state_->sized_for != std::pair(rows.size(), data.rows.rows())) {
      p.resize(std::max<std::size_t>(rows.size(), 1), state_->threads, data.rows.rows());
      state_->sized = true;
      state_->sized_for = {rows.size(), data.rows.rows()};
    }
    state_->set = true;
    return p.compute_gradient(data.rows, rows, settings);
  }
  std::span<const T> gradient() { return state_->training.gradient(); }
  /// One step of an optimizer on some rows.
  step_result step(const loaded_data<T>& data, std::span<const std::uint32_t> rows,
                   const optimizer& how, const step_settings& settings = {}) {
    const step_result r = gradient(data, rows, settings);
    if (state_->slots.size() != state_->parameters.size() ||
        state_->optimizer_name != name_of(how)) {
      state_->slots = variad::optimizer_state<T>(how, state_->parameters.size());
      state_->optimizer_name = name_of(how);
    }
    apply(how, state_->slots, state_->parameters.values(), std::span<const T>(gradient()));
    return r;
  }

  // --- after training --------------------------------------------------------------------------

  /// The evidence lower bound of data with one draw per latent (discrete ones hard): nats per
  /// datum, or in all where there are global latents.
  template <class... B>
  reading<double, evaluation_plan, B...> bound(const data_bindings<B...>& bindings,
                                               std::uint64_t seed = 0) {
    const loaded_data<T> data = read_data(bindings);
    prepare_parameters(data.rows.rows());
    auto& p = use_program(state_->evaluation);
    p.set_constants(data.constants);
    return p.evaluate(data.rows, {seed, evaluation_step, 0, 1.0}, 100);
  }

  /// The importance-weighted bound log (1/n) Σ p(x, z)/q(z | x) of every datum, in nats.
  template <class... B>
  reading<std::vector<double>, weighting_plan, B...> log_likelihood_per_datum(
      const data_bindings<B...>& bindings, samples n, std::uint64_t seed = 0) {
    const loaded_data<T> data = read_data(bindings);
    prepare_parameters(data.rows.rows());
    auto& p = use_program(state_->weighting);
    p.set_constants(data.constants);
    std::vector<double> out;
    p.for_each_batch(data.rows, 100, [&](std::span<const std::uint32_t> rows) {
      add_likelihoods(p, data.rows, rows, n.count, seed, out);
    });
    return out;
  }
  /// Its mean over the data.
  template <class... B>
  reading<double, weighting_plan, B...> log_likelihood(const data_bindings<B...>& bindings,
                                                       samples n, std::uint64_t seed = 0) {
    const std::vector<double> each = log_likelihood_per_datum(bindings, n, seed);
    return std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
  }

  /// A draw of a latent for every datum: [rows, event...], or [event...] for a global latent.
  template <fixed_string Name, class... B>
  auto posterior(const data_bindings<B...>& bindings, std::uint64_t seed = 0) ->
      typename problem::reading<
          array<T>, evaluation_plan, training_plan, type_list<B...>,
          problem::if_missing<(problem::detail::drawn_node<evaluation_plan>(to_name<Name>::view) >=
                               0),
                              problem::guide_draws_no_such_latent<to_name<Name>>>>::type {
    constexpr int at = problem::detail::drawn_node<evaluation_plan>(to_name<Name>::view);
    return collect(use_program(state_->evaluation), read_data(bindings), at, seed,
                   [](const T* from, T* to, std::size_t n) { std::copy_n(from, n, to); });
  }

  /// The mean of an observed variable given latents drawn from the guide: a reconstruction,
  /// [rows, event...].
  template <fixed_string Name, class... B>
  auto predict(const data_bindings<B...>& bindings, std::uint64_t seed = 0) ->
      typename problem::reading<
          array<T>, evaluation_plan, training_plan, type_list<B...>,
          problem::if_missing<
              (problem::detail::density_node<evaluation_plan>(to_name<Name>::view) >= 0),
              problem::model_observes_no_such_variable<to_name<Name>>>>::type {
    constexpr int at = problem::detail::density_node<evaluation_plan>(to_name<Name>::view);
    if constexpr (at >= 0)
      return means<family_of<evaluation_plan, at>>(use_program(state_->evaluation),
                                                   read_data(bindings), at, 1, seed);
    else
      return {};
  }

  /// n rows of an observed variable from the model: its mean given latents drawn from the priors,
  /// [n, event...].
  template <fixed_string Name>
  drawing<array<T>, generation_plan, Name> generate(std::size_t n, std::uint64_t seed = 0) {
    constexpr int at = problem::detail::drawn_node<generation_plan>(to_name<Name>::view);
    if constexpr (at >= 0) {
      copy_to_generation();
      return means<family_of<generation_plan, at>>(state_->generation, counted(n), at, 0, seed);
    } else {
      return {};
    }
  }
  /// n rows of draws of any variable of the model, [n, event...].
  template <fixed_string Name>
  drawing<array<T>, generation_plan, Name> sample(std::size_t n, std::uint64_t seed = 0) {
    constexpr int at = problem::detail::drawn_node<generation_plan>(to_name<Name>::view);
    if constexpr (at >= 0) {
      copy_to_generation();
      return collect(state_->generation, counted(n), at, seed,
                     [](const T* from, T* to, std::size_t k) { std::copy_n(from, k, to); });
    } else {
      return {};
    }
  }

  // --- parameters ------------------------------------------------------------------------------

  const std::vector<parameter_info>& parameter_table() const { return state_->parameters.table(); }
  /// A parameter by its name, `q.z.dense0.weight`. Throws `variad::error` naming those there are.
  array<T> parameter(std::string_view name) const {
    const parameter_info& p = find_parameter(name);
    array<T> out(typename array<T>::shape_type(p.shape.begin(), p.shape.end()));
    std::copy_n(state_->parameters.values().data() + p.offset, p.size, out.data());
    return out;
  }
  void set_parameter(std::string_view name, const array<T>& value) {
    const parameter_info& p = find_parameter(name);
    if (value.size() != p.size)
      throw error("parameter '" + p.name + "': found " + std::to_string(value.size()) +
                  " values, expected shape " + detail::print_shape(p.shape));
    std::copy_n(value.data(), p.size, state_->parameters.values().data() + p.offset);
    state_->set = true;
  }
  /// Takes the parameters from a checkpoint, for use without training.
  void load_checkpoint(const std::string& path) {
    state_->training.resize(1, 1, std::max<std::size_t>(state_->data_rows, 1));
    state_->sized = false;
    load_parameters(state_->training, path);
    state_->set = true;
  }

  program<training_plan, T>& training_program() { return state_->training; }

 private:
  struct state {
    Model p;
    Guide q;
    std::vector<const void*> collected, collected_model;
    parameter_set<T> parameters, generation_parameters;
    program<training_plan, T> training;
    program<evaluation_plan, T> evaluation;
    program<weighting_plan, T> weighting;
    program<generation_plan, T> generation;
    std::size_t data_rows = 0;
    unsigned threads = 1;
    bool set = false, sized = false;
    std::pair<std::size_t, std::size_t> sized_for{};
    variad::optimizer_state<T> slots{};
    std::string_view optimizer_name{};

    state(const Model& the_model, const Guide& the_guide)
        : p(the_model),
          q(the_guide),
          collected(collect_values()),
          collected_model(collect_model_values()),
          training(collected, parameters),
          evaluation(collected, parameters),
          weighting(collected, parameters),
          generation(collected_model, generation_parameters) {
      use_one_blas_thread();
      parameters.build(program<training_plan, T>::tables(), training.ops(), 0, 0);
    }
    std::vector<const void*> collect_values() const {
      std::vector<const void*> out(tokens::size, nullptr);
      variad::detail::value_collector(out.data()).template program<true>(q);
      variad::detail::value_collector(out.data() + guide_tokens).template program<false>(p);
      return out;
    }
    std::vector<const void*> collect_model_values() const {
      std::vector<const void*> out(ancestral_tokens_of<Model>::size, nullptr);
      variad::detail::value_collector(out.data()).template program<true>(p);
      return out;
    }
  };

  static consteval std::size_t latent_index(std::string_view name) {
    for (int l = 0; l < training_plan::shaped.latent_count; ++l)
      if (training_plan::shaped[training_plan::shaped.latent(l).draw].label == name)
        return static_cast<std::size_t>(l);
    throw "no latent of this name is drawn in the guide";
  }
  template <class R, int At>
  using family_of = typename detail::token_traits<
      typename R::template token_type<static_cast<std::size_t>(At)>>::family;

  const parameter_info& find_parameter(std::string_view name) const {
    if (const parameter_info* p = state_->parameters.find(name)) return *p;
    std::string names;
    for (const parameter_info& p : parameter_table()) names += "\n  " + p.name;
    throw error("no parameter '" + std::string(name) + "'; there are" + names);
  }

  /// Blocks that have a row for every datum are laid out when the data are known.
  void prepare_parameters(std::size_t data_rows) {
    bool per_datum = false;
    for (const node& n : training_plan::program.nodes)
      per_datum =
          per_datum || (n.active && n.per_row && training_plan::program.data_plate >= 0 &&
                        (n.axes >> (first_plate_axis + training_plan::program.data_plate) & 1));
    if (!per_datum || state_->data_rows == data_rows) return;
    state_->data_rows = data_rows;
    state_->parameters.build(program<training_plan, T>::tables(), state_->training.ops(), data_rows,
                             0);
    state_->training.forget();
    state_->evaluation.forget();
    state_->weighting.forget();
    state_->sized = false;
  }

  fit_report run(const loaded_data<T>& data, const dataset<T>* validation,
                 const fit_options& options) {
    prepare_parameters(data.rows.rows());
    if (!state_->set) state_->parameters.initialise(options.seed);
    state_->set = true;
    state_->threads = options.threads;
    state_->sized = false;
    state_->evaluation.set_threads(options.threads);
    state_->evaluation.set_constants(data.constants);
    state_->training.set_constants(data.constants);
    trained both{state_->training, state_->evaluation};
    return variad::fit(both, data.rows, validation, options);
  }

  /// What the loop trains: gradients of the training program, bounds of the evaluation program,
  /// whose discrete latents are hard.
  struct trained {
    using value_type = T;
    program<training_plan, T>& training_program;
    program<evaluation_plan, T>& evaluation_program;

    std::span<T> parameters() { return training_program.parameters(); }
    std::span<T> gradient() { return training_program.gradient(); }
    const std::vector<parameter_info>& parameter_table() {
      return training_program.parameter_table();
    }
    step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                                 const step_settings& settings) {
      return training_program.compute_gradient(data, rows, settings);
    }
    double evaluate(const dataset<T>& data, const step_settings& settings, std::size_t batch) {
      return evaluation_program.evaluate(data, settings, batch);
    }
    auto state() { return training_program.state(); }
    std::string signature() { return training_program.signature(); }
    void resize(std::size_t batch, unsigned threads, std::size_t rows) {
      training_program.resize(batch, threads, rows);
    }
  };

  template <class P>
  P& use_program(P& p) {
    p.set_threads(state_->threads);
    return p;
  }

  template <class P>
  void add_likelihoods(P& p, const dataset<T>& data, std::span<const std::uint32_t> rows,
                       std::size_t count, std::uint64_t seed, std::vector<double>& out) {
    const std::size_t first = out.size(), n = std::max<std::size_t>(rows.size(), 1);
    std::vector<double> top(n, -std::numeric_limits<double>::infinity()), sum(n, 0.0);
    for (std::size_t done = 0; done < count; done += chunk) {
      p.engine().forward(data, rows, {seed, evaluation_step - 1 - done, 0, 1.0});
      p.engine().for_each_shard(n, [&](std::size_t begin, context<T>& c) {
        for (std::size_t k = 0; k < std::min<std::size_t>(chunk, count - done); ++k)
          for (std::size_t r = 0; r < c.rows; ++r) {
            const double w = static_cast<double>(c.log_weight[k * c.rows + r]);
            double &m = top[begin + r], &s = sum[begin + r];
            if (w > m) {
              s = s * std::exp(m - w) + 1;
              m = w;
            } else {
              s += std::exp(w - m);
            }
          }
      });
    }
    out.resize(first + n);
    for (std::size_t i = 0; i < n; ++i)
      out[first + i] = top[i] + std::log(sum[i] / static_cast<double>(count));
  }

  /// The events of a node over all data, by `write(event of the first sample, out, size)`.
  template <class P, class Write>
  array<T> collect(P& p, const loaded_data<T>& data, int node_index, std::uint64_t seed,
                   Write&& write) {
    prepare_parameters(data.rows.rows());
    p.set_constants(data.constants);
    const node& n = P::tables().nodes[static_cast<std::size_t>(node_index)];
    std::vector<T> out;
    std::vector<std::size_t> dims;
    p.for_each_batch(data.rows, 100, [&](std::span<const std::uint32_t> rows) {
      p.engine().forward(data.rows, rows, {seed, evaluation_step, 0, 1.0});
      const bool global = P::tables().data_plate < 0 ||
                          !(n.axes >> (first_plate_axis + P::tables().data_plate) & 1);
      const auto read = [&](context<T>& c) {
        const tensor<T> v = p.engine().view(node_index, c);
        const std::size_t k = p.engine().rows_of(node_index, c).rows * v.size;
        out.resize(out.size() + k);
        write(v.value, out.data() + out.size() - k, k);
      };
      if (global) {
        out.clear();
        read(p.engine().global());
      } else {
        p.engine().for_each_shard(rows.size(), [&](std::size_t, context<T>& c) { read(c); });
      }
    });
    for (std::size_t q = 0; q < P::tables().plates.size(); ++q)
      if (n.axes >> (first_plate_axis + q) & 1)
        dims.push_back(static_cast<int>(q) == P::tables().data_plate
                           ? data.rows.rows()
                           : static_cast<std::size_t>(P::tables().plates[q].size));
    for (int d = 0; d < n.event.rank; ++d) dims.push_back(static_cast<std::size_t>(n.event[d]));
    array<T> result(typename array<T>::shape_type(dims.begin(), dims.end()));
    std::copy(out.begin(), out.end(), result.begin());
    return result;
  }

  /// The means of a draw or density at its parameters, which begin at input `first`.
  template <class Family, class P>
  array<T> means(P& p, const loaded_data<T>& data, int at, int first, std::uint64_t seed) {
    const node& n = P::tables().nodes[static_cast<std::size_t>(at)];
    const shape full = Family::value_shape(n.declared);
    prepare_parameters(data.rows.rows());
    p.set_constants(data.constants);
    std::vector<T> out;
    const auto size = static_cast<std::size_t>(full.size());
    p.for_each_batch(data.rows, 100, [&](std::span<const std::uint32_t> rows) {
      p.engine().forward(data.rows, rows, {seed, evaluation_step, 0, 1.0});
      p.engine().for_each_shard(rows.size(), [&](std::size_t, context<T>& c) {
        draw_rows<T> d;
        const row_layout r = p.engine().rows_of(at, c);
        d.extent = r.extent;
        d.rows = r.rows;
        d.variables = static_cast<std::size_t>(n.declared.size());
        d.parameter_count = Family::parameter_count;
        for (std::size_t j = 0; j < Family::parameter_count; ++j) {
          d.parameters[j] = p.engine().view(n.input[j + static_cast<std::size_t>(first)], c);
          d.full[j] = static_cast<std::size_t>(Family::parameter_shape(j, n.declared).size());
        }
        d.scratch = c.scratch.data();
        const draw_site<Family, T> site(d);
        for (std::size_t row = 0; row < r.rows; ++row) {
          out.resize(out.size() + size);
          Family::mean(site.parameters(row), out.data() + out.size() - size, d.variables);
        }
      });
    });
    std::vector<std::size_t> dims{out.size() / size};
    for (int d = 0; d < full.rank; ++d) dims.push_back(static_cast<std::size_t>(full[d]));
    array<T> result(typename array<T>::shape_type(dims.begin(), dims.end()));
    std::copy(out.begin(), out.end(), result.begin());
    return result;
  }

  /// Rows without values, for programs that read none.
  static loaded_data<T> counted(std::size_t n) {
    column<T> c;
    c.name = "rows";
    c.rows = n;
    c.values.assign(n, T(0));
    return {dataset<T>({std::move(c)}), {}};
  }

  void copy_to_generation() {
    if (state_->generation_parameters.table().empty())
      state_->generation_parameters.build(program<generation_plan, T>::tables(),
                                          state_->generation.ops(), 0, 0);
    for (const parameter_info& to : state_->generation_parameters.table()) {
      const parameter_info& from = find_parameter("p" + to.name.substr(1));
      std::copy_n(state_->parameters.values().data() + from.offset, from.size,
                  state_->generation_parameters.values().data() + to.offset);
    }
  }

  template <class... B>
  loaded_data<T> read_data(const data_bindings<B...>& bindings) const {
    std::vector<column<T>> rows, constants;
    hana::for_each(bindings.bindings, [&](const auto& b) {
      using name = typename std::remove_cvref_t<decltype(b)>::variable_name;
      constexpr int at = problem::detail::data_node<training_plan>(name::view);
      if constexpr (at >= 0) {
        constexpr node n = training_plan::program[at];
        std::vector<std::size_t> event;
        constexpr bool in_data_plate =
            training_plan::program.data_plate >= 0 &&
            (n.axes >> (first_plate_axis + training_plan::program.data_plate) & 1);
        for (int p = 0; p < training_plan::program.plate_count; ++p)
          if ((n.axes >> (first_plate_axis + p) & 1) && p != training_plan::program.data_plate)
            event.push_back(static_cast<std::size_t>(
                training_plan::program.plates[static_cast<std::size_t>(p)].size));
        for (int d = 0; d < n.declared.rank; ++d)
          event.push_back(static_cast<std::size_t>(n.declared[d]));
        column<T> c = read_column<in_data_plate>(b.from, name::view, event);
        if constexpr (n.family.values == support::binary && n.family.discrete) check_binary(c);
        if constexpr (n.family.values == support::category && n.family.discrete)
          check_categories(c, static_cast<std::size_t>(n.family.categories));
        (in_data_plate ? rows : constants).push_back(std::move(c));
      }
    });
    if (training_plan::program.data_plate < 0) return {counted(1).rows, std::move(constants)};
    return {dataset<T>(std::move(rows)), std::move(constants)};
  }
  template <bool InDataPlate>
  static column<T> read_column(const source& from, std::string_view name,
                               std::vector<std::size_t>& event) {
    if constexpr (InDataPlate) return variad::load<T>(from, name, event);
    // Outside the data plate the whole array is one event; its first axis may be a plate.
    if (event.empty()) {
      column<T> c = variad::load<T>(from, name, event);
      if (c.values.size() != 1)
        throw error("data of '" + std::string(name) + "': found " +
                    std::to_string(c.values.size()) + " values, expected one number");
      return c;
    }
    const std::vector<std::size_t> inner(event.begin() + 1, event.end());
    column<T> c = variad::load<T>(from, name, inner);
    if (c.rows != event[0])
      throw error("data of '" + std::string(name) + "': found " + std::to_string(c.rows) +
                  " rows, expected " + std::to_string(event[0]));
    c.rows = 1;
    c.event_shape = event;
    return c;
  }
  std::unique_ptr<state> state_;
};

namespace detail {
/// What `infer` returns.
template <class Inference, class Problem = problem::of<typename Inference::training_plan>>
struct inferred {
  using type = unresolved<Problem>;
};
template <class Inference>
struct inferred<Inference, problem::detail::none> {
  using type = Inference;
};
}  // namespace detail

/// Resolves a model and a guide for an objective: `infer<elbo<1>>(p, q)`, `infer<iwae<20>>(p, q)`;
/// in double for small statistical models: `infer<elbo<8>, double>(p, q)`. What does not fit is a
/// compile error.
template <class Objective, class T = float, class... P, class... Q>
auto infer(const model_program<P...>& p, const guide_program<Q...>& q) -> typename detail::inferred<
    inference<model_program<P...>, guide_program<Q...>, Objective, T>>::type {
  return typename detail::inferred<
      inference<model_program<P...>, guide_program<Q...>, Objective, T>>::type(p, q);
}

}  // namespace variad
