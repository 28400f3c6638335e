#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <string>

#include <variad/runtime/optim/rules.hpp>
#include <variad/runtime/schedule/schedule.hpp>
#include <variad/runtime/training/report.hpp>

namespace variad {

/// How to train: `fit(program, train, &validation, {.epochs = 10, .optimizer = adam{1e-3}})`.
struct fit_options {
  /// Passes over the training data.
  std::size_t epochs = 1;
  /// Rows per step at most: every row is seen in an epoch, in batches whose sizes differ by at most
  /// one.
  std::size_t batch = 100;
  variad::optimizer optimizer = adam{};
  /// The weight of the KL terms at each step, from 0 up (KL annealing).
  schedule kl_weight = 1.0;
  /// A gradient of a larger Euclidean norm is scaled down to it; 0 leaves all gradients as they
  /// are.
  double clip_norm = 0.0;
  /// Everything random depends on it: the same seed gives the same bits.
  std::uint64_t seed = 0;
  /// Threads of the program, at least 1; the result does not depend on it.
  unsigned threads = 1;
  /// A safetensors file that is kept up to date, and with validation data a second one of the best
  /// parameters beside it (model.safetensors, model.best.safetensors). Empty for none.
  std::string checkpoint = {};
  /// Epochs between checkpoints; 0 for one at the end alone.
  std::size_t checkpoint_every = 1;
  /// Go on from the checkpoint, which must be there.
  bool resume = false;
  /// A CSV file with a row per epoch. Empty for none.
  std::string metrics = {};
  /// Stop after this many epochs in a row without a better validation bound; 0 to go on.
  std::size_t patience = 0;
  /// Report progress to `log`.
  bool progress = true;
  /// Where to write messages; nullptr for nowhere.
  std::ostream* log = &std::cerr;
  /// Stop after this many steps of the run, resumed parts included; 0 for no limit.
  std::size_t max_steps = 0;
  /// Called after each epoch.
  std::function<void(const epoch_report&)> on_epoch = {};
};

namespace internals {

/// The options. Throws `variad::error` naming one that makes no sense, alone or with the others;
/// `validates` says whether there are validation data. What follows a schedule is checked at each
/// step.
const fit_options& checked(const fit_options& options, bool validates);

}  // namespace internals
}  // namespace variad
