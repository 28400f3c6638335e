#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include <variad/runtime/error.hpp>
#include <variad/runtime/training/interrupt.hpp>

namespace variad::internals {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler takes no locks");

}  // namespace

interrupt_guard::interrupt_guard() {
  interrupted.store(false, std::memory_order_relaxed);
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted.store(true, std::memory_order_relaxed); };
  // Calls that Ctrl-C falls into (a write of a checkpoint) go on.
  action.sa_flags = static_cast<int>(SA_RESETHAND | static_cast<unsigned>(SA_RESTART));
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGINT, &action, &before_) != 0)
    throw error(std::string("cannot handle SIGINT: ") + std::strerror(errno));
}

interrupt_guard::~interrupt_guard() { sigaction(SIGINT, &before_, nullptr); }

bool interrupt_guard::requested() const { return interrupted.load(std::memory_order_relaxed); }

}  // namespace variad::internals
