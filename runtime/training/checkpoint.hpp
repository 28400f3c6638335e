#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/training/program.hpp>

namespace variad {

/// The format of the checkpoints that are written.
inline constexpr std::uint64_t checkpoint_format = 2;

/// Where a run stands, and what must be the same for it to go on with the same bits.
struct training_position {
  /// Whole epochs done, and the steps done in the next one.
  std::uint64_t epoch = 0;
  std::uint64_t step_in_epoch = 0;
  std::uint64_t step = 0;
  /// Sum of the bounds of the steps in the epoch, each times its rows over `batch`.
  double bound_sum = 0.0;
  double best_validation_bound = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t best_epoch = 0;
  std::uint64_t epochs_since_best = 0;
  double seconds = 0.0;

  std::uint64_t seed = 0;
  std::uint64_t batch = 0;
  std::uint64_t data_rows = 0;

  /// Of the file that it was read from. In format 1 an epoch had full batches alone, and left out
  /// the rows beyond them; otherwise it holds the same.
  std::uint64_t format = checkpoint_format;
};

/// Writes the parameters by name, the optimizer's slots, the program's state and the position to a
/// safetensors file that appears complete or not at all. Throws `variad::error` naming the file if
/// it cannot be written.
template <std::floating_point T>
void save_checkpoint(const std::string& path, trainable_program<T>& program, const optimizer& rule,
                     const optimizer_state<T>& slots, const training_position& position);

/// Reads what `save_checkpoint` wrote and returns the position; nothing is changed if it throws.
/// `slots` must be of `rule` and the program's parameters. Throws `variad::error` naming the file,
/// what was found and what was expected: another format, a parameter, a state or a signature of
/// another model, another method or optimizer, a parameter or a slot that is not finite.
template <std::floating_point T>
training_position load_checkpoint(const std::string& path, trainable_program<T>& program,
                                  const optimizer& rule, optimizer_state<T>& slots);

/// Reads the parameters of a trained program, to use it without training, and what state of the
/// same shape it shares with this one, which another method may have trained; nothing is changed if
/// it throws. Throws `variad::error` as `load_checkpoint` does.
template <std::floating_point T>
void load_parameters(trainable_program<T>& program, const std::string& path);

/// The number of data rows that the run of a checkpoint was trained on.
std::size_t rows_of_checkpoint(const std::string& path);

}  // namespace variad
