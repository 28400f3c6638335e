#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <variad/runtime/data/minibatch.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>
#include <variad/runtime/optim/clip.hpp>
#include <variad/runtime/simd/loop.hpp>
#include <variad/runtime/training/checkpoint.hpp>
#include <variad/runtime/training/fit.hpp>
#include <variad/runtime/training/interrupt.hpp>
#include <variad/runtime/training/metrics.hpp>
#include <variad/runtime/training/named_parameters.hpp>
#include <variad/runtime/training/progress.hpp>

namespace variad {

std::string best_checkpoint_path(const std::string& path) {
  const std::filesystem::path last(path);
  return (last.parent_path() / (last.stem().string() + ".best" + last.extension().string()))
      .string();
}

}  // namespace variad

namespace variad::internals {

namespace {

/// One run of `fit`.
template <class T>
class training_run {
 public:
  training_run(trainable_program<T>& program, const dataset<T>& train, const dataset<T>* validation,
               const fit_options& options)
      : program_(program),
        state_(program.state()),
        position_(state_.position),
        train_(train),
        validation_(validation),
        options_(checked(options, validation != nullptr)),
        batches_(train.rows(), options.batch, options.seed) {
    program_.resize(batch(), options.threads, train.rows());
    state_.begin_run(options.optimizer);
    position_.seed = options.seed;
    position_.batch = batch();
    position_.data_rows = train.rows();
    if (validation && validation->rows() == 0)
      throw error("fit: found validation data without rows, expected at least one");
    if (options.resume) resume();
    options.optimizer.check(state_.slots().step);
    check(settings());
    check_writable();
    if (!options.metrics.empty())
      metrics_.emplace(options.metrics,
                       options.resume ? std::optional(epoch_begin_) : std::nullopt);
  }

  fit_report run() {
    const interrupt_guard interrupt;
    progress_display display(options_.progress ? options_.log : nullptr, options_.epochs,
                             batches_.size(), position_.step, last_step());
    display.count_as(position_.epoch * batches_.size() + position_.step_in_epoch);
    begin_ = std::chrono::steady_clock::now();
    fit_report report;
    report.reason = stop_reason::epochs;
    while (position_.epoch < options_.epochs) {
      if (out_of_patience()) {
        report.reason = stop_reason::patience;
        break;
      }
      if (at_step_limit()) {
        report.reason = stop_reason::max_steps;
        break;
      }
      run_steps(interrupt, display);
      const bool complete = position_.step_in_epoch == batches_.size();
      if (!complete && interrupt.requested()) {
        report.reason = stop_reason::interrupted;
        break;
      }
      report.epochs.push_back(end_epoch(complete, display));
      display.show_epoch(report.epochs.back());
      if (options_.on_epoch) options_.on_epoch(report.epochs.back());
      if (interrupt.requested() && position_.epoch < options_.epochs) {
        report.reason = stop_reason::interrupted;
        break;
      }
    }
    if (to_convert_ || saved_step_ != position_.step) save();
    // A signal that came late ends a run, too: who sent it wants the program to end.
    if (interrupt.requested()) report.reason = stop_reason::interrupted;
    if (interrupt.requested() && position_.epoch < options_.epochs) say_how_to_resume(display);
    report.steps = position_.step;
    report.best_validation_bound = position_.best_validation_bound;
    report.best_epoch = position_.best_epoch;
    report.seconds = seconds();
    return report;
  }

 private:
  [[nodiscard]] std::size_t batch() const { return std::min(options_.batch, train_.rows()); }

  /// The step after which the run ends, if nothing stops it before.
  [[nodiscard]] std::uint64_t last_step() const {
    const std::uint64_t left =
        options_.epochs - std::min<std::uint64_t>(options_.epochs, position_.epoch);
    const std::uint64_t all = position_.step - position_.step_in_epoch + left * batches_.size();
    return options_.max_steps == 0 ? all : std::min<std::uint64_t>(all, options_.max_steps);
  }

  [[nodiscard]] bool at_step_limit() const {
    return options_.max_steps != 0 && position_.step >= options_.max_steps;
  }

  [[nodiscard]] bool out_of_patience() const {
    return options_.patience != 0 && position_.epochs_since_best >= options_.patience;
  }

  [[nodiscard]] double seconds() const {
    return position_.seconds +
           std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

  /// The settings of the next step.
  [[nodiscard]] step_settings settings() const {
    return {.seed = options_.seed,
            .step = position_.step,
            .epoch = position_.epoch,
            .kl_weight = options_.kl_weight(position_.step)};
  }

  /// The mean bound of the rows of the epoch so far.
  [[nodiscard]] double mean_bound() const {
    const auto rows = static_cast<double>(batches_.rows_before(position_.step_in_epoch));
    return position_.bound_sum / (rows / static_cast<double>(batch()));
  }

  void resume() {
    const std::string& path = options_.checkpoint;
    if (!std::filesystem::exists(path))
      throw error("'" + path +
                  "': found no checkpoint, expected one to go on from; drop .resume to begin");
    load_checkpoint(path, program_);
    saved_step_ = position_.step;
    epoch_begin_ = position_.step - position_.step_in_epoch;
    to_convert_ = position_.format != checkpoint_format;
    if (position_.format == 1 && train_.rows() % batch() != 0 && position_.step_in_epoch != 0)
      begin_epoch_again();
  }

  /// Other batches are left of an epoch that was begun in full batches alone.
  void begin_epoch_again() {
    position_.step_in_epoch = 0;
    position_.bound_sum = 0.0;
    if (options_.log)
      *options_.log << "'" << options_.checkpoint << "': written in the middle of epoch "
                    << position_.epoch + 1
                    << " by a version that left out the rows beyond full batches; the epoch begins "
                       "again, with every row, after step "
                    << position_.step << std::endl;
  }

  /// Throws before the first step what would be thrown after the last.
  void check_writable() const {
    if (options_.checkpoint.empty()) return;
    const atomic_file last(options_.checkpoint);
    if (validation_) const atomic_file best(best_checkpoint_path(options_.checkpoint));
  }

  /// Steps to the end of the epoch, the step limit or an interrupt. Allocates nothing.
  void run_steps(const interrupt_guard& interrupt, progress_display& display) {
    while (position_.step_in_epoch < batches_.size() && !at_step_limit() &&
           !interrupt.requested()) {
      const step_settings now = settings();
      check(now);
      options_.optimizer.check(state_.slots().step);  // before the step moves anything
      const auto rows = batches_(position_.epoch, position_.step_in_epoch);
      state_.set_aside();
      const step_result result = program_.compute_gradient(train_, rows, now);
      const std::span<T> gradient = program_.gradient();
      if (!std::isfinite(result.bound) || !result.non_finite_node.empty() || !all_finite(gradient))
        fail_non_finite(result);
      if (options_.clip_norm > 0.0 && !std::isfinite(clip(gradient))) {
        state_.bring_back();
        fail("the norm of the gradient is out of range", too_large);
      }
      options_.optimizer.ascend(state_.slots(), state_.parameters(), gradient, program_.pool());
      if (!all_finite(state_.parameters()))
        fail(
            "after the update " + words_of_first_not_finite(state_.parameters()) + " is not finite",
            too_large + std::string("; the parameters are not to be used: initialise them, or load "
                                    "a checkpoint"));
      position_.bound_sum +=
          result.bound * (static_cast<double>(rows.size()) / static_cast<double>(batch()));
      ++position_.step_in_epoch;
      ++position_.step;
      display.show_step(position_.epoch + 1, position_.step, mean_bound());
    }
  }

  /// Clips the gradient of the model, and apart from it that of what belongs to the method; the
  /// larger of their norms.
  double clip(std::span<T> gradient) const {
    double largest = 0.0;
    for (const bool of_method : {false, true}) {
      const double found = clip_by_norm<T>(
          [&](auto&& f) {
            for (const parameter_info& p : state_.parameter_table())
              if (p.of_method == of_method) f(gradient.subspan(p.offset, p.size));
          },
          options_.clip_norm);
      if (!(found <= largest)) largest = found;
    }
    return largest;
  }

  epoch_report end_epoch(bool complete, progress_display& display) {
    epoch_report report{.epoch = position_.epoch + 1,
                        .step = position_.step,
                        .train_bound = mean_bound(),
                        .complete = complete};
    if (validation_) {
      report.validation_bound = program_.evaluate(
          *validation_, {.seed = options_.seed, .step = evaluation_step}, batch());
      if (!std::isfinite(report.validation_bound))
        fail("the validation bound is not finite",
             "look for held-out rows far from the training data");
    }
    if (complete) {
      ++position_.epoch;
      position_.step_in_epoch = 0;
      position_.bound_sum = 0.0;
      if (validation_) report.best = note_validation(report.validation_bound);
    }
    report.seconds = seconds();
    // The row before the checkpoint: rows beyond a checkpoint are removed on resume, lost rows
    // would not come back.
    if (metrics_)
      if (const std::string words = metrics_->write(report); !words.empty()) say(display, words);
    const bool due =
        options_.checkpoint_every != 0 && position_.epoch % options_.checkpoint_every == 0;
    if (complete && due) save();
    if (report.best && !options_.checkpoint.empty())
      save_to(best_checkpoint_path(options_.checkpoint));
    return report;
  }

  bool note_validation(double bound) {
    // A comparison with NaN, before the first validation, is false.
    if (bound <= position_.best_validation_bound) {
      ++position_.epochs_since_best;
      return false;
    }
    position_.best_validation_bound = bound;
    position_.best_epoch = position_.epoch;
    position_.epochs_since_best = 0;
    return true;
  }

  void save() {
    if (options_.checkpoint.empty()) return;
    save_to(options_.checkpoint);
    saved_step_ = position_.step;
    to_convert_ = false;
  }

  void save_to(const std::string& path) { save_checkpoint(path, program_, seconds()); }

  static bool all_finite(std::span<const T> values) {
    // Zero times a finite number is zero, and NaN otherwise. Sums of four parts do not wait for
    // each other.
    const auto zero = [](const auto& v) { return v * std::decay_t<decltype(v)>(T(0)); };
    const std::size_t part = values.size() / 4;
    const T* const from = values.data();
    return transform_reduce<T>(
               part,
               [&](const auto& a, const auto& b, const auto& c, const auto& d) {
                 return (zero(a) + zero(b)) + (zero(c) + zero(d));
               },
               from, from + part, from + 2 * part, from + 3 * part) +
               transform_reduce<T>(values.size() - 4 * part, zero, from + 4 * part) ==
           T(0);
  }

  /// The first parameter that is not finite in a buffer of parameters or gradients, in words.
  std::string words_of_first_not_finite(std::span<const T> values) const {
    const parameter_info* const p = first_not_finite(state_, values);
    return p ? "the parameter '" + p->name + "'" : "the padding between parameters";
  }

  [[noreturn]] void fail_non_finite(const step_result& result) {
    state_.bring_back();
    std::ostringstream what;
    if (std::isfinite(result.bound))
      what << "the gradient is not finite, first that of "
           << words_of_first_not_finite(program_.gradient());
    else
      what << "the bound is " << result.bound;
    if (!result.non_finite_node.empty())
      what << "; the first node that is not finite is '" << result.non_finite_node << "'";
    fail(what.str(),
         result.cause.empty()
             ? "look for a scale that is not positive, a probability of 0, a logarithm or "
               "a root of 0, as of a gap that is filled with 0, and data of a very "
               "large scale, or lower the learning rate"
             : result.cause);
  }

  static constexpr const char* too_large =
      "the step was too large: lower the learning rate, set .clip_norm, or bring the data to a "
      "scale of about 1";

  [[noreturn]] void fail(const std::string& what, const std::string& advice) const {
    throw error("step " + std::to_string(position_.step) + " (epoch " +
                std::to_string(position_.epoch + 1) + "): " + what + ", expected finite values; " +
                advice + "; " +
                (saved_step_
                     ? "the last good checkpoint is '" + options_.checkpoint + "', of step " +
                           std::to_string(*saved_step_) + ": go on from it with .resume = true"
                     : std::string("there is no checkpoint of this run")));
  }

  void say_how_to_resume(progress_display& display) const {
    const std::string where = "interrupted after step " + std::to_string(position_.step) +
                              " (epoch " + std::to_string(position_.epoch + 1) + "); ";
    const std::string message =
        where + (saved_step_ ? "saved to '" + options_.checkpoint +
                                   "': call fit with the same options and .resume = true to go on"
                             : "nothing is saved: fit needs a .checkpoint to go on later");
    say(display, message);
  }

  void say(progress_display& display, const std::string& message) const {
    if (options_.progress)
      display.say(message);
    else if (options_.log)
      *options_.log << message << std::endl;
  }

  trainable_program<T>& program_;
  run_state<T>& state_;
  training_position& position_;  // of the state
  const dataset<T>& train_;
  const dataset<T>* validation_;
  const fit_options& options_;
  minibatches batches_;
  std::optional<std::uint64_t> saved_step_;
  bool to_convert_ = false;        // the file is of an older format, and has to be written anew
  std::uint64_t epoch_begin_ = 0;  // the step at which the epoch began that a run goes on from
  std::optional<epoch_metrics> metrics_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace

template <class T>
fit_report fit(trainable_program<T>& program, const dataset<std::type_identity_t<T>>& train,
               const dataset<std::type_identity_t<T>>* validation, const fit_options& options) {
  return training_run<T>(program, train, validation, options).run();
}

template fit_report fit(trainable_program<float>&, const dataset<float>&, const dataset<float>*,
                        const fit_options&);
template fit_report fit(trainable_program<double>&, const dataset<double>&, const dataset<double>*,
                        const fit_options&);

}  // namespace variad::internals
