#include <algorithm>
#include <utility>

#include <unistd.h>

#include <variad/runtime/error.hpp>
#include <variad/runtime/simd/flush_denormals.hpp>
#include <variad/runtime/threads/thread_pool.hpp>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace variad::internals {
namespace {

/// Waits until an atomic is no longer `old`: a while by asking again, since the next run of a
/// training step is near and to be woken takes longer than a small run.
template <class A, class V>
void wait_while(const A& atomic, V old) {
  constexpr int attempts = 2000;
  for (int i = 0; i < attempts; ++i) {
    if (atomic.load(std::memory_order_acquire) != old) return;
#if defined(__SSE2__)
    _mm_pause();
#endif
  }
  atomic.wait(old, std::memory_order_acquire);
}

}  // namespace

thread_pool::thread_pool(unsigned threads) : process_(getpid()) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  start(threads - 1);
}

void thread_pool::start(std::size_t workers) {
  workers_.reserve(workers);
  try {
    while (workers_.size() < workers) workers_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

void thread_pool::run_all(std::size_t tasks, task_function invoke, void* context) {
  if (const std::size_t workers = workers_.size(); workers > 0 && abandon()) start(workers);
  if (running_.exchange(true, std::memory_order_acquire))
    throw error("thread_pool::run: called while the pool is running; expected one run at a time");
  invoke_ = invoke;
  context_ = context;
  tasks_ = tasks;
  next_.store(0, std::memory_order_relaxed);
  failure_ = nullptr;

  if (tasks > 1 && !workers_.empty()) {
    busy_.store(static_cast<std::uint32_t>(workers_.size()), std::memory_order_relaxed);
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
    run_tasks();
    // Every worker reports back in every generation, so none can wake late into the next one.
    for (std::uint32_t busy; (busy = busy_.load(std::memory_order_acquire)) != 0;)
      wait_while(busy_, busy);
  } else {
    const flush_denormals flush;
    for (std::size_t task = 0; task < tasks; ++task) run_task(task);
  }

  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  running_.store(false, std::memory_order_release);
  if (failure) std::rethrow_exception(failure);
}

void thread_pool::work() {
  for (std::uint32_t seen = 0;;) {
    wait_while(generation_, seen);
    ++seen;
    if (stopping_.load(std::memory_order_relaxed)) return;
    run_tasks();
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

void thread_pool::run_tasks() {
  const flush_denormals flush;
  for (std::size_t task; (task = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;)
    run_task(task);
}

void thread_pool::run_task(std::size_t task) {
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

bool thread_pool::abandon() {
  if (process_ == getpid()) return false;
  process_ = getpid();
  // Threads that are not there can be neither joined nor destroyed: they are kept to the end.
  struct abandoned {
    std::vector<std::thread> threads;
    abandoned* next;
  };
  static std::atomic<abandoned*> all{nullptr};
  auto* const mine = new abandoned{std::exchange(workers_, {}), all.load()};
  while (!all.compare_exchange_weak(mine->next, mine)) {
  }
  generation_ = 0;
  busy_ = 0;
  running_ = false;
  return true;
}

void thread_pool::stop() {
  if (workers_.empty() || abandon()) return;
  stopping_.store(true, std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  stopping_ = false;
  generation_ = 0;
}

}  // namespace variad::internals
