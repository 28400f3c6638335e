#pragma once

#include <csignal>

namespace variad::internals {

/// While it lives, the first Ctrl-C (SIGINT) only sets a flag, and a second one ends the process as
/// usual. The handler from before is put back at the end. For one thread at a time.
class interrupt_guard {
 public:
  /// Throws `variad::error` if the handler cannot be installed.
  interrupt_guard();
  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;
  ~interrupt_guard();

  /// Whether Ctrl-C was pressed since the guard was made.
  [[nodiscard]] bool requested() const;

 private:
  struct sigaction before_ {};
};

}  // namespace variad::internals
