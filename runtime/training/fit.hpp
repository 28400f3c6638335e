#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/training/options.hpp>
#include <variad/runtime/training/program.hpp>
#include <variad/runtime/training/report.hpp>

namespace variad {

/// The step number of every evaluation of validation data: the same random numbers each time, so
/// that epochs compare, and none of a training step.
inline constexpr std::uint64_t evaluation_step = std::numeric_limits<std::uint64_t>::max();

/// "model.safetensors" -> "model.best.safetensors": where the best parameters are kept.
std::string best_checkpoint_path(const std::string& path);

/// Trains a program: epochs of shuffled minibatches, each a gradient, clipping and one ascending
/// step of the optimizer. After an epoch come the bound of the validation data (nullptr for none),
/// a row of metrics, and checkpoints. The loop allocates nothing in a step.
///
/// Ctrl-C ends the step, saves the checkpoint, even in the middle of an epoch, and returns. A run
/// that is stopped and resumed gives the same bits, reported bounds included, as one that is not.
///
/// Throws `variad::error` for options that do not fit together; for a bound, a gradient or a
/// validation bound that is not finite, naming the step, the node and the last good checkpoint; for
/// a checkpoint of another model or run; and for files that cannot be written.
template <std::floating_point T>
fit_report fit(trainable_program<T>& program, const dataset<std::type_identity_t<T>>& train,
               const dataset<std::type_identity_t<T>>* validation, const fit_options& options);

}  // namespace variad
