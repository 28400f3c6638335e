#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/training/options.hpp>
#include <variad/runtime/training/program.hpp>
#include <variad/runtime/training/report.hpp>

namespace variad {

/// "model.safetensors" -> "model.best.safetensors": where the best parameters are kept.
std::string best_checkpoint_path(const std::string& path);

}  // namespace variad

namespace variad::internals {

/// The step number of every evaluation of validation data: the same random numbers each time, so
/// that epochs compare, and none of a training step.
inline constexpr std::uint64_t evaluation_step = std::numeric_limits<std::uint64_t>::max();

/// Trains a program: epochs of shuffled minibatches, each a gradient, clipping and one ascending
/// step of the optimizer. After an epoch come the bound of the validation data (nullptr for none),
/// a row of metrics, and checkpoints. The loop allocates nothing in a step.
///
/// Ctrl-C, SIGTERM or SIGHUP end the step, save the checkpoint, even in the middle of an epoch, and
/// return. A run that is stopped and resumed gives the same bits, reported bounds included, as one
/// that is not. Before the first step the files are found to be writable; metrics that are removed
/// meanwhile are said, and go on in a new file.
/// A checkpoint of format 1, whose epochs left out the rows beyond full batches, goes on as it is
/// if no rows were left out or it stands at the end of an epoch; otherwise its epoch begins again,
/// which the log says. It is written anew in the format of today.
///
/// Throws `variad::error` for options that make no sense or do not fit together, and for a learning
/// rate or KL weight at the step at which its schedule gives none; for a bound, a gradient, a
/// parameter after the update or a validation bound that is not finite, naming the step, the node
/// or parameter, what to try and the last good checkpoint, which is left as it is; for a checkpoint
/// of another model or run; and for files that cannot be written.
template <class T>
fit_report fit(trainable_program<T>& program, const dataset<std::type_identity_t<T>>& train,
               const dataset<std::type_identity_t<T>>* validation, const fit_options& options);

}  // namespace variad::internals
