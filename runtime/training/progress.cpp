#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>

#include <unistd.h>

#include <variad/runtime/training/progress.hpp>

namespace variad::internals {
namespace {

unsigned long long wide(std::uint64_t value) { return value; }

/// "1:02:03", "2:03".
std::array<char, 32> duration(double seconds) {
  const auto whole = static_cast<unsigned long long>(std::clamp(seconds, 0.0, 1e9));
  std::array<char, 32> text{};
  if (whole >= 3600)
    std::snprintf(text.data(), text.size(), "%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60,
                  whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%llu:%02llu", whole / 60, whole % 60);
  return text;
}

}  // namespace

progress_display::progress_display(std::ostream* log, std::uint64_t epochs,
                                   std::uint64_t steps_per_epoch, std::uint64_t steps_done,
                                   std::uint64_t last_step)
    : progress_display(log, log == &std::cerr && ::isatty(STDERR_FILENO) == 1, epochs,
                       steps_per_epoch, steps_done, last_step) {}

progress_display::progress_display(std::ostream* log, bool terminal, std::uint64_t epochs,
                                   std::uint64_t steps_per_epoch, std::uint64_t steps_done,
                                   std::uint64_t last_step)
    : log_(log),
      terminal_(terminal),
      epochs_(epochs),
      steps_per_epoch_(steps_per_epoch),
      first_step_(steps_done),
      last_step_(last_step) {}

void progress_display::show_step(std::uint64_t epoch, std::uint64_t step, double bound) {
  if (!log_ || !terminal_) return;
  const clock::time_point now = clock::now();
  if (now - shown_ < std::chrono::milliseconds(200)) return;
  shown_ = now;
  const double rate = steps_per_second(now, step);
  const double left = rate > 0.0 ? static_cast<double>(last_step_ - step) / rate : 0.0;
  const std::uint64_t in_epoch = counted_ + (step - first_step_) - (epoch - 1) * steps_per_epoch_;
  std::array<char, 160> line{};
  const int length = std::snprintf(
      line.data(), line.size(),
      "\r\x1b[Kepoch %llu/%llu  step %llu/%llu  bound %.4f  %.1f steps/s  %s left", wide(epoch),
      wide(epochs_), wide(in_epoch), wide(steps_per_epoch_), bound, rate, duration(left).data());
  log_->write(line.data(), std::min<std::streamsize>(length, line.size() - 1));
  log_->flush();
}

void progress_display::show_epoch(const epoch_report& report) {
  if (!log_) return;
  std::array<char, 240> line{};
  std::array<char, 64> validation{};
  if (!std::isnan(report.validation_bound))
    std::snprintf(validation.data(), validation.size(), "  validation %.4f%s",
                  report.validation_bound, report.best ? " (best)" : "");
  std::snprintf(line.data(), line.size(),
                "epoch %llu/%llu%s  step %llu  bound %.4f%s  %.1f steps/s  %s", wide(report.epoch),
                wide(epochs_), report.complete ? "" : " (stopped early)", wide(report.step),
                report.train_bound, validation.data(), steps_per_second(clock::now(), report.step),
                duration(report.seconds).data());
  *log_ << (terminal_ ? "\r\x1b[K" : "") << line.data() << std::endl;
}

void progress_display::say(std::string_view message) {
  if (log_) *log_ << (terminal_ ? "\r\x1b[K" : "") << message << std::endl;
}

double progress_display::steps_per_second(clock::time_point now, std::uint64_t step) const {
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  return seconds > 0.0 ? static_cast<double>(step - first_step_) / seconds : 0.0;
}

}  // namespace variad::internals
