#pragma once

namespace variad::internals {

/// While one lives, the first Ctrl-C (SIGINT), SIGTERM or SIGHUP only sets a flag, which all guards
/// see; a second one of a kind ends the process. What is ignored stays ignored (nohup). The last
/// guard puts the handlers from before back.
class interrupt_guard {
 public:
  /// Throws `variad::error` if a handler cannot be installed.
  interrupt_guard();
  interrupt_guard(const interrupt_guard&) = delete;
  interrupt_guard& operator=(const interrupt_guard&) = delete;
  ~interrupt_guard();

  /// Whether there was such a signal since the first of the guards that live was made.
  [[nodiscard]] bool requested() const;
};

}  // namespace variad::internals
