#pragma once

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <variad/runtime/error.hpp>

namespace variad {

/// While it lives, the first Ctrl-C (SIGINT) only sets a flag, and a second one ends the process as
/// usual. The handler from before is put back at the end. For one thread at a time.
class interrupt_guard {
 public:
  /// Throws `variad::error` if the handler cannot be installed.
  interrupt_guard() {
    requested_.store(false, std::memory_order_relaxed);
    struct sigaction action {};
    action.sa_handler = [](int) { requested_.store(true, std::memory_order_relaxed); };
    // Calls that Ctrl-C falls into (a write of a checkpoint) go on.
    action.sa_flags = static_cast<int>(SA_RESETHAND | static_cast<unsigned>(SA_RESTART));
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, &action, &before_) != 0)
      throw error(std::string("cannot handle SIGINT: ") + std::strerror(errno));
  }

  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;
  ~interrupt_guard() { sigaction(SIGINT, &before_, nullptr); }

  /// Whether Ctrl-C was pressed since the guard was made.
  [[nodiscard]] bool requested() const { return requested_.load(std::memory_order_relaxed); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no locks");
  static inline std::atomic<bool> requested_{false};
  struct sigaction before_ {};
};

}  // namespace variad
