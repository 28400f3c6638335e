#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string_view>
#include <vector>

namespace variad {

/// What one epoch of training gave. Bounds are means over rows, in the program's unit (nats).
struct epoch_report {
  /// Counted from 1.
  std::uint64_t epoch = 0;
  /// Steps of the run so far.
  std::uint64_t step = 0;
  /// Mean over the epoch's rows, each with the parameters and the KL weight of its batch's step.
  double train_bound = 0.0;
  /// Of the validation data, with KL weight 1; NaN without such data.
  double validation_bound = std::numeric_limits<double>::quiet_NaN();
  /// Time spent in training, over all epochs and earlier parts of a resumed run.
  double seconds = 0.0;
  /// The validation bound is the best so far.
  bool best = false;
  /// False if `max_steps` ended the epoch early; its bound is the mean of the rows it had.
  bool complete = true;
};

/// Why training ended.
enum class stop_reason { epochs, max_steps, patience, interrupted };

/// The reason in words.
constexpr std::string_view name_of(stop_reason reason) {
  switch (reason) {
    case stop_reason::epochs:
      return "all epochs done";
    case stop_reason::max_steps:
      return "step limit";
    case stop_reason::patience:
      return "no better validation bound";
    case stop_reason::interrupted:
      return "interrupted";
  }
  return "";
}

/// What a call of `fit` did.
struct fit_report {
  /// The epochs of this call; those before a resume are not repeated.
  std::vector<epoch_report> epochs;
  /// Steps of the run, with those before a resume.
  std::uint64_t steps = 0;
  stop_reason reason = stop_reason::epochs;
  /// The best validation bound and its epoch; NaN and 0 without validation data.
  double best_validation_bound = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t best_epoch = 0;
  double seconds = 0.0;
};

/// A line of what it did.
std::ostream& operator<<(std::ostream& out, const fit_report& r);

}  // namespace variad
