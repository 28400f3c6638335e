#pragma once

#include <cstdint>
#include <limits>

namespace variad::internals {

/// The format of the checkpoints that are written.
inline constexpr std::uint64_t checkpoint_format = 3;
inline constexpr std::uint64_t first_format_with_checksum = 3;

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

/// Calls f(name, member) for each number of a position that a checkpoint holds.
template <class Position, class F>
void for_each_number(Position& position, F&& f) {
  f("epoch", position.epoch);
  f("step_in_epoch", position.step_in_epoch);
  f("step", position.step);
  f("bound_sum", position.bound_sum);
  f("best_validation_bound", position.best_validation_bound);
  f("best_epoch", position.best_epoch);
  f("epochs_since_best", position.epochs_since_best);
  f("seconds", position.seconds);
  f("seed", position.seed);
  f("batch", position.batch);
  f("data_rows", position.data_rows);
}

}  // namespace variad::internals
