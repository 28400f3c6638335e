#pragma once

#include <memory>
#include <optional>

#include <variad/dsl/engine/adjoint_starts.hpp>
#include <variad/dsl/engine/cause.hpp>
#include <variad/dsl/engine/context_maker.hpp>
#include <variad/dsl/engine/data_reader.hpp>
#include <variad/dsl/engine/parameter_gradient.hpp>
#include <variad/dsl/engine/path_gradient.hpp>
#include <variad/dsl/engine/surrogate_pass.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

namespace variad::internals {

/// Runs a resolved program on minibatches: what is computed once a step in the global context, the
/// data plate in shards, whose number depends on the batch alone, so that the bits do not depend on
/// the number of threads. A step allocates nothing of its own; an op may now and then, for the
/// estimate of a log Z.
template <class T>
class engine {
 public:
  engine(const program_tables<T>& tables, node_values ops, run_state<T>& state);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Data rows that one shard takes at least: small enough to share out, large enough for BLAS; and
  /// values, so that what a shard costs by itself is little beside them.
  static constexpr std::size_t rows_per_shard = 50, values_per_shard = 2048;
  static constexpr std::size_t max_shards = 16;

  /// Makes every allocation for batches of up to this many rows, out of `data_rows`.
  void resize(std::size_t batch, unsigned threads, std::size_t data_rows);
  bool is_sized_for(std::size_t batch, unsigned threads, std::size_t data_rows) const;
  std::size_t capacity() const;

  /// Data outside the data plate; they are read here and at each resize.
  void set_constants(constant_columns<T> constants);

  /// The bound by a batch and its gradient: of all data, a batch's rows standing for them, divided
  /// by their number where the plate takes it from the data. What the program carries moves on: it
  /// is to be brought back where the step is refused.
  step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                               const step_settings& settings);

  /// The forward pass alone, of an evaluation: the bound of a batch, summed over its rows and with
  /// what stands outside the plate, if that is what it is run for. Values can be read afterwards.
  step_result forward(const dataset<T>& data, std::span<const std::uint32_t> rows,
                      const step_settings& settings, purpose what);

  /// Runs forward again, a step at a time, to find why values are not finite; in words, empty where
  /// nothing is found. What ops keep moves on.
  std::string explain(const dataset<T>& data, std::span<const std::uint32_t> rows,
                      const step_settings& settings, purpose what);
  /// After forward: a parameter of one of these draws that is not what its family needs, in words;
  /// empty where there is none.
  std::string check_draws(latent_set draws);
  /// After forward, of values: whether rows of a latent were drawn from its prior, since the guide
  /// has learnt no parameters of them.
  bool drew_from_prior(latent_id l) const { return holds(unlearnt_, l); }
  /// The same of the parameters of a draw or density, in one context.
  std::string check_parameters(node_id at, context<T>& c) {
    return cause_.of_parameters(bind_.node_at(at), c, global_);
  }

  /// The part of the objective that stands outside the data plate, after forward.
  double outside_objective() const { return global_.outside; }

  std::span<T> gradient() { return gradient_.values(); }

  /// Calls f(first row of the batch, context) for the contexts that hold data rows, in order.
  template <class F>
  void for_each_shard(std::size_t rows, F&& f) {
    if (shards_.empty()) return f(std::size_t{0}, global_);
    for (std::size_t s = 0; s < shards_.size(); ++s) f(s * rows / shards_.size(), *shards_[s]);
  }
  tensor<T> view(node_id node, context<T>& c) { return bind_.view(node, c, global_); }
  row_layout rows_of(node_id node, const context<T>& c) const;
  /// Rows of a plate outside the data plate.
  std::size_t rows_of(plate_id p) const { return bind_.groups()[p]; }
  const program_tables<T>& tables() const { return t_; }
  context<T>& global() { return global_; }
  /// Exists after resize.
  thread_pool& pool() { return *pool_; }

 private:
  /// The objective is that of all data, a row of b standing for N/b, in all or by datum; of rows
  /// with weights, these count them.
  term_scales scales_for(const dataset<T>& data, std::span<const std::uint32_t> rows,
                         const step_settings& settings) const;

  void bind(context<T>& c, std::size_t rows);

  std::span<const std::uint32_t> rows_of_shard(std::span<const std::uint32_t> rows,
                                               std::size_t s) const;

  /// The random streams of the draws in a step.
  void seed_draws(const step_settings& settings);

  void begin(context<T>& c, const step_settings& settings, purpose what);
  void begin_shard(context<T>& c, const dataset<T>& data, std::span<const std::uint32_t> rows,
                   const step_settings& settings, purpose what);
  /// The steps of a context from `first` on, before `last`.
  void run_steps(context<T>& c, std::size_t first, std::size_t last);

  /// The value of the objective, without seeds of a backward pass where there is none.
  void sum_up(context<T>& c, const term_scales& scales);

  /// Between the passes: seeds, and the costs that estimators want.
  void finish_forward(context<T>& c, const term_scales& scales);

  /// The way back through the steps of a context before `last`, down to `first`.
  void backward(context<T>& c, std::size_t first, std::size_t last);
  /// The way back through all steps of a context where the guide learns along the path alone.
  void backward_along_path(context<T>& c, const term_scales& scales);
  void pull_back(context<T>& c, std::size_t s);
  /// Adds what the shards have found for the global context to what that has found itself.
  void add_shards();

  /// Draws latents of rows of a plate for which no parameters were learnt from their priors, in the
  /// order of the model, after what is computed once a step has run.
  void draw_unlearnt();
  /// The latents of a plate whose draws in the guide are made of parameters of each row. Throws
  /// `variad::error`, of so many `rows`, where anything else is.
  latent_set find_unlearnt(plate_id p, const std::string& rows) const;
  /// Replaces the values of a latent in rows of a plate from `first` on.
  void draw_from_prior(node_id density, latent_id l, plate_id p, std::size_t first);

  void commit();

  step_result result() const;

  /// What a step runs, as the program says it.
  struct step_code {
    void (*forward)(const kernel_call<T>&) = nullptr;
    void (*pull_back)(const kernel_call<T>&) = nullptr;
    latent_id draw = latent_id::none;       ///< where it is one
    latent_id surrogate = latent_id::none;  ///< whose surrogate ends with it
    bool learns = false;                    ///< a draw whose parameters do
    bool couples = false;                   ///< the rows of the batch
  };
  std::vector<step_code> code_of_steps() const;
  /// The steps of a context from `first` on, before `last`.
  share steps_of(const context<T>& c, std::size_t first, std::size_t last) const {
    return c.global ? internals::share{first, std::min(last, globals_)}
                    : internals::share{std::max(first, globals_), last};
  }

  const program_tables<T>& t_;
  node_values ops_;
  state_places<T> places_;
  parameter_gradient<T> gradient_;
  binder<T> bind_;
  objective_sums<T> sums_;
  data_reader<T> reader_;
  row_coupling<T> coupling_;
  path_gradient<T> path_;
  surrogate_pass<T> surrogates_;
  adjoint_starts<T> starts_;
  cause_finder<T> cause_;
  context_maker<T> contexts_;
  std::vector<step_code> code_;               // by step
  latent_set unlearnt_ = 0;                   // latents of which rows were drawn from their prior
  std::size_t globals_ = 0;                   // the steps of the global context, which come first
  std::vector<latent_id> costed_, carrying_;  // whose estimators learn from costs, carry numbers
  id_vector<latent_id, std::uint64_t> name_hashes_;
  id_vector<latent_id, stream_key> nodes_, streams_;  // the random streams of draws
  std::optional<std::uint64_t> seed_;                 // of nodes_
  std::size_t data_rows_ = 0, batch_ = 1;
  std::unique_ptr<thread_pool> pool_;
  context<T> global_;
  std::vector<std::unique_ptr<context<T>>> shards_;
  std::vector<const T*> leaves_;  // of a buffer: those of the shards
};

}  // namespace variad::internals
