#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include <variad/runtime/training/report.hpp>

namespace variad::internals {

/// Shows how training goes: on a terminal a line that is rewritten during the epoch (epoch, bound,
/// steps per second, time left), elsewhere one line per epoch. Allocates nothing within a step.
class progress_display {
 public:
  using clock = std::chrono::steady_clock;

  /// `log` may be nullptr: then nothing is shown. `epochs` and `steps_per_epoch` of the whole run,
  /// `steps_done` before this part of it.
  progress_display(std::ostream* log, std::uint64_t epochs, std::uint64_t steps_per_epoch,
                   std::uint64_t steps_done, std::uint64_t last_step);

  /// As above, for an output that is said to be a terminal or not.
  progress_display(std::ostream* log, bool terminal, std::uint64_t epochs,
                   std::uint64_t steps_per_epoch, std::uint64_t steps_done,
                   std::uint64_t last_step);

  /// What `steps_done` is in epochs of `steps_per_epoch`, where earlier ones had fewer.
  void count_as(std::uint64_t steps) { counted_ = steps; }

  /// After a step of the epoch (counted from 1): `step` steps are done in the run, the mean bound
  /// of the epoch so far is `bound`.
  void show_step(std::uint64_t epoch, std::uint64_t step, double bound);

  /// After an epoch: a line that stays.
  void show_epoch(const epoch_report& report);

  /// A message on a line of its own.
  void say(std::string_view message);

 private:
  [[nodiscard]] double steps_per_second(clock::time_point now, std::uint64_t step) const;

  std::ostream* log_;
  bool terminal_;
  std::uint64_t epochs_;
  std::uint64_t steps_per_epoch_;
  std::uint64_t first_step_;
  std::uint64_t counted_ = first_step_;
  std::uint64_t last_step_;
  clock::time_point begin_ = clock::now();
  clock::time_point shown_{};
};

}  // namespace variad::internals
