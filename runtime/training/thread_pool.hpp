#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <variad/runtime/error.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>

namespace variad {

/// A fixed set of threads that runs numbered tasks, with denormals flushed to zero. Which thread runs which task is not determined:
/// a caller who wants the same bits each time gives every task its own outputs and reduces them in
/// a fixed order.
class thread_pool {
 public:
  /// `threads` counts the thread that calls `run`; 0 stands for as many as the machine has.
  explicit thread_pool(unsigned threads = 1) {
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
    workers_.reserve(threads - 1);
    try {
      for (unsigned i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }

  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;
  ~thread_pool() { stop(); }

  [[nodiscard]] unsigned threads() const { return static_cast<unsigned>(workers_.size()) + 1; }

  /// Runs f(0) .. f(tasks - 1) and returns when all are done. If tasks throw, the others still run
  /// and the exception of the lowest task is thrown again. Allocates nothing. Throws
  /// `variad::error` if called while the pool is running.
  template <class F>
  void run(std::size_t tasks, F&& f) {
    if (running_.exchange(true, std::memory_order_acquire))
      throw error("thread_pool::run: called while the pool is running; expected one run at a time");
    using function = std::remove_reference_t<F>;
    invoke_ = [](void* context, std::size_t task) { (*static_cast<function*>(context))(task); };
    context_ = const_cast<void*>(static_cast<const void*>(std::addressof(f)));
    tasks_ = tasks;
    next_.store(0, std::memory_order_relaxed);
    failure_ = nullptr;

    const bool shared = tasks > 1 && !workers_.empty();
    if (shared) {
      busy_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
      generation_.fetch_add(1, std::memory_order_release);
      generation_.notify_all();
    }
    run_tasks();
    // Every worker reports back in every generation, so none can wake late into the next one.
    if (shared)
      for (std::uint32_t busy; (busy = busy_.load(std::memory_order_acquire)) != 0;)
        busy_.wait(busy, std::memory_order_acquire);

    const std::exception_ptr failure = std::exchange(failure_, nullptr);
    running_.store(false, std::memory_order_release);
    if (failure) std::rethrow_exception(failure);
  }

 private:
  void work() {
    for (std::uint32_t seen = 0;;) {
      generation_.wait(seen, std::memory_order_acquire);
      ++seen;
      if (stopping_.load(std::memory_order_relaxed)) return;
      run_tasks();
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  void run_tasks() {
    const flush_denormals flush;
    for (std::size_t task; (task = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) {
      try {
        invoke_(context_, task);
      } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_ || task < failed_task_) {
          failure_ = std::current_exception();
          failed_task_ = task;
        }
      }
    }
  }

  void stop() {
    stopping_.store(true, std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  std::vector<std::thread> workers_;
  std::atomic<std::uint32_t> generation_{0};
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> running_{false};
  std::atomic<bool> stopping_{false};
  void (*invoke_)(void*, std::size_t) = nullptr;
  void* context_ = nullptr;
  std::size_t tasks_ = 0;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::size_t failed_task_ = 0;
};

}  // namespace variad
