#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <string>

#include <variad/runtime/error.hpp>
#include <variad/runtime/training/interrupt.hpp>

namespace variad::internals {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no locks");

constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};

std::mutex guards;  // of what follows
std::size_t guard_count = 0;
std::array<struct sigaction, signals.size()> before;

void put_back(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sigaction(signals[i], &before[i], nullptr);
}

}  // namespace

interrupt_guard::interrupt_guard() {
  const std::lock_guard lock(guards);
  if (guard_count == 0) {
    interrupted.store(false, std::memory_order_relaxed);
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted.store(true, std::memory_order_relaxed); };
    // Calls that a signal falls into (a write of a checkpoint) go on.
    action.sa_flags = static_cast<int>(SA_RESETHAND | static_cast<unsigned>(SA_RESTART));
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (sigaction(signals[i], nullptr, &before[i]) == 0 &&
          (before[i].sa_handler == SIG_IGN || sigaction(signals[i], &action, nullptr) == 0))
        continue;
      const std::string cause = std::strerror(errno);
      put_back(i);
      throw error("cannot handle signal " + std::to_string(signals[i]) + ": " + cause);
    }
  }
  ++guard_count;
}

interrupt_guard::~interrupt_guard() {
  const std::lock_guard lock(guards);
  if (--guard_count == 0) put_back(signals.size());
}

bool interrupt_guard::requested() const { return interrupted.load(std::memory_order_relaxed); }

}  // namespace variad::internals
