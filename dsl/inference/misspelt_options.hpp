#pragma once

#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/passes/problem.hpp>
#include <variad/runtime/training/options.hpp>

namespace variad::internals {

/// A value of any type.
struct any_value {
  any_value() = default;
  template <class A>
  any_value(const A&);
};

/// Options of `fit` by the names that they have elsewhere, among those that they have here (see
/// fit_options). A list of designators that names one of the former fits no other parameter, and a
/// compiler would answer with all of the model.
struct misspelt_options {
  any_value epochs = {}, epoch = {}, num_epochs = {}, n_epochs = {}, iterations = {}, iters = {},
            num_steps = {}, steps = {}, batch = {}, batch_size = {}, batchsize = {}, minibatch = {},
            optimizer = {}, optimiser = {}, optim = {}, opt = {}, learning_rate = {}, lr = {},
            rate = {}, step_size = {}, kl_weight = {}, kl = {}, beta = {}, kl_scale = {},
            clip_norm = {}, clip = {}, grad_clip = {}, max_grad_norm = {}, seed = {},
            random_seed = {}, rng_seed = {}, threads = {}, num_threads = {}, n_threads = {},
            workers = {}, checkpoint = {}, checkpoint_path = {}, save_path = {}, path = {},
            checkpoint_every = {}, save_every = {}, resume = {}, metrics = {}, log_file = {},
            csv = {}, patience = {}, early_stopping = {}, progress = {}, verbose = {}, quiet = {},
            log = {}, max_steps = {}, on_epoch = {}, callback = {}, on_step = {}, validation = {},
            validation_data = {}, early_stop = {}, tolerance = {}, tol = {}, num_samples = {},
            num_particles = {}, shuffle = {}, device = {};
};

/// `fit` with options that it does not have. Data of any kind are a worse match here than where
/// they are bound to variables.
struct without_such_options {
  /// `data(values)` of a vector is the function of `std`, which gives a pointer.
  auto fit(const void*, const fit_options& = {}) -> problem::not_bound<any_value>;
  auto fit(const any_bindings&, const misspelt_options&) -> problem::no_such_option<any_value>;
  auto fit(const any_bindings&, const any_bindings&, const misspelt_options&)
      -> problem::no_such_option<any_value>;
};

}  // namespace variad::internals
