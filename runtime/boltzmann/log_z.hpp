#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include <variad/runtime/error.hpp>

namespace variad {

/// log Z of a Boltzmann machine, in nats, with its standard error.
struct log_z_estimate {
  double value = 0;
  double standard_error = 0;
};

inline std::ostream& operator<<(std::ostream& out, const log_z_estimate& e) {
  return out << e.value << " (standard error " << e.standard_error << ")";
}

/// How far an estimate is: `done` sweeps or steps of `total` in the stage of that name.
struct log_z_progress {
  std::string_view stage;
  std::size_t done = 0;
  std::size_t total = 0;
};

/// Called now and then during an estimate, by one thread at a time.
using log_z_observer = std::function<void(const log_z_progress&)>;

namespace internals {

/// Counts the work of several threads for an observer.
class stage_progress {
 public:
  stage_progress(const log_z_observer& observer, std::string_view stage, std::size_t total)
      : observer_(observer), now_{stage, 0, total} {}

  void advance(std::size_t work) {
    if (!observer_) return;
    const std::lock_guard lock(mutex_);
    now_.done += work;
    observer_(now_);
  }

 private:
  const log_z_observer& observer_;
  log_z_progress now_;
  std::mutex mutex_;
};

/// Throws `variad::error` if an option is below what it must be.
inline void check_option(const char* function, const char* option, std::size_t found,
                         std::size_t least) {
  if (found < least)
    throw error(std::string(function) + ": found ." + option + " = " + std::to_string(found) +
                ", expected at least " + std::to_string(least));
}

}  // namespace internals
}  // namespace variad
