#pragma once

#include <cstddef>
#include <cstdint>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/runtime/boltzmann/log_z_annealed.hpp>
#include <variad/runtime/boltzmann/log_z_exact.hpp>

namespace variad {

/// How a Boltzmann machine is trained and sampled. "GumBolt" (Khoshaman and Amin 2018, §5.1) makes
/// 200 sweeps for each step, and loses 0.12 nats with 20.
struct boltzmann_settings {
  std::size_t chains = 100;                     ///< Markov chains that persist between steps
  std::uint32_t sweeps = 20;                    ///< of block Gibbs, before each training step
  initializer couplings = random_normal(0.01);  ///< how all parameters but biases begin
  bool coupled = true;                          ///< else they are held at zero (§5.2, -nW)
  std::uint32_t generation_sweeps = 1000;       ///< from fair coins to a sample of the prior
  std::size_t annealing_chains = 200;           ///< of the log Z that bounds use ...
  std::size_t annealing_steps = 1000;           ///< ... where it cannot be summed exactly
  std::size_t log_z_every = 200;                ///< steps between rough ones in training; 0: one
};

namespace internals {

/// Most units that log Z of a bound is summed over: those outside of the largest block.
inline constexpr std::size_t enumerated_for_bounds = 16;

/// log Z of a machine by the method that bounds use: exact for a small one, else by annealed
/// importance sampling.
template <energy_model M>
log_z_estimate log_z_for_bounds(const M& model, const boltzmann_settings& settings,
                                std::uint64_t seed = 0) {
  if (model.units() - model.blocks()[largest_block(model)].size <= enumerated_for_bounds)
    return {log_z_exact(model), 0.0};
  return log_z_annealed(model, {.chains = settings.annealing_chains,
                                .ladder = linear_ladder(settings.annealing_steps),
                                .seed = seed});
}

}  // namespace internals
}  // namespace variad
