#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

#include <variad/runtime/data/dataset.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/threads/thread_pool.hpp>
#include <variad/runtime/training/run_state.hpp>

namespace variad {

/// What one gradient evaluation found.
struct step_result {
  /// The mean bound of the rows, in the program's own unit (nats).
  double bound = 0.0;
  /// The first node that produced a NaN or an infinity; empty if all values are finite.
  std::string_view non_finite_node{};
  /// The likely cause of it and what to write, in words; empty if there is none to name.
  std::string cause{};
  /// What losses subtract from the bound in training, in the same unit; 0 without them.
  double loss = 0.0;
};

/// What a program may depend on besides its parameters, its state and the rows: with these equal,
/// its results have the same bits.
struct step_settings {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::uint64_t epoch = 0;
  double kl_weight = 1.0;
};

}  // namespace variad

namespace variad::internals {

/// Throws `variad::error` naming the setting if one of them makes no sense.
inline void check(const step_settings& settings) {
  if (settings.kl_weight >= 0.0 && std::isfinite(settings.kl_weight)) return;
  std::ostringstream text;
  text << "step " << settings.step << ": found .kl_weight = " << settings.kl_weight
       << ", expected a finite number from 0 up, as 1";
  throw error(text.str());
}

/// What the training loop trains, over `float` or `double`. `compute_gradient` and `evaluate` are
/// deterministic in their arguments, the parameters and the state.
template <class T>
class trainable_program {
 public:
  virtual ~trainable_program() = default;

  /// Makes every allocation, once, before training.
  virtual void resize(std::size_t batch, unsigned threads, std::size_t data_rows) = 0;

  /// Its threads, for the optimizer; null if there is but the calling one.
  virtual thread_pool* pool() = 0;

  /// Everything that it carries from step to step. The parameters stay where they are from `resize`
  /// on; values between the named ones are padding, whose gradient is zero, and no checkpoint holds
  /// them.
  virtual run_state<T>& state() = 0;
  /// Of the bound, so that an optimizer ascends; as long as the parameters, and the same buffer
  /// from `resize` on.
  virtual std::span<T> gradient() = 0;

  /// Fills `gradient()`. Allocates nothing, but for rare work such as an estimate of log Z.
  virtual step_result compute_gradient(const dataset<T>& data, std::span<const std::uint32_t> rows,
                                       const step_settings& settings) = 0;
  /// The mean bound over all rows, at most `batch` of them at a time. Leaves the parameters and the
  /// state as they are.
  virtual double evaluate(const dataset<T>& data, const step_settings& settings,
                          std::size_t batch) = 0;

  /// Tells models apart: a checkpoint of another signature is refused.
  virtual std::string signature() const = 0;
  /// Tells apart how one model is trained: a run does not go on with another method, but its
  /// parameters can be used with it.
  virtual std::string method() const = 0;

 protected:
  trainable_program() = default;
  trainable_program(const trainable_program&) = default;
  trainable_program& operator=(const trainable_program&) = default;
};

}  // namespace variad::internals
