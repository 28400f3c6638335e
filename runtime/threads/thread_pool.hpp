#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include <sys/types.h>

namespace variad::internals {

/// A fixed set of threads that runs numbered tasks, with denormals flushed to zero. Which thread
/// runs which task is not determined: a caller who wants the same bits each time gives every task
/// its own outputs and reduces them in a fixed order. A process that is forked off has none of the
/// threads, and makes its own at the next run.
class thread_pool {
 public:
  /// `threads` counts the thread that calls `run`; 0 stands for as many as the machine has.
  explicit thread_pool(unsigned threads = 1);
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;
  ~thread_pool() { stop(); }

  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(workers_.size()) + 1; }

  /// Runs f(0) .. f(tasks - 1) and returns when all are done. If tasks throw, the others still run
  /// and the exception of the lowest task is thrown again. Allocates nothing but for new threads.
  /// Throws `variad::error` if called while the pool is running.
  template <class F>
  void run(std::size_t tasks, F&& f) {
    using function = std::remove_reference_t<F>;
    run_all(
        tasks, [](void* context, std::size_t task) { (*static_cast<function*>(context))(task); },
        const_cast<void*>(static_cast<const void*>(std::addressof(f))));
  }

 private:
  using task_function = void (*)(void* context, std::size_t task);

  void run_all(std::size_t tasks, task_function invoke, void* context);
  void work();
  void run_tasks();
  void run_task(std::size_t task);
  void start(std::size_t workers);
  void stop();
  /// Leaves the threads alone in a process that was forked off and has none; false in the one that
  /// made them.
  bool abandon();

  std::vector<std::thread> workers_;
  pid_t process_;  // that has them
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> running_{false};
  std::atomic<bool> stopping_{false};
  task_function invoke_ = nullptr;
  void* context_ = nullptr;
  std::size_t tasks_ = 0;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::size_t failed_task_ = 0;
};

}  // namespace variad::internals
