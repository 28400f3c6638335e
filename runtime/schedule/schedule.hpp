#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <numbers>
#include <string>

#include <variad/runtime/error.hpp>

namespace variad {

class schedule;
namespace schedules {
constexpr schedule linear(double, double, std::uint64_t, std::uint64_t);
constexpr schedule cosine(double, double, std::uint64_t, std::uint64_t);
constexpr schedule exponential(double, double, double, std::uint64_t);
}  // namespace schedules

/// A number that may change with the step: a learning rate, a temperature, a weight. A literal is a
/// constant schedule; the others are made by the functions of `variad::schedules`. A small value,
/// usable in constant expressions.
class schedule {
 public:
  /// A step from which on a value holds.
  struct piece {
    std::uint64_t step;
    double value;
  };
  static constexpr std::size_t max_pieces = 8;

  /// The same value at every step. Implicit, so that `adam{1e-3}` and `{.temperature = 0.5}` read
  /// as they should.
  constexpr schedule(double value) : from_(value), to_(value) {}

  /// The value of the last piece whose step has come; the first holds from the beginning. Throws
  /// `error` unless there are 1 to `max_pieces` pieces with increasing steps.
  constexpr schedule(std::initializer_list<piece> pieces) : shape_(shape::stepwise) {
    if (pieces.size() == 0 || pieces.size() > max_pieces) {
      throw error("schedule: found " + std::to_string(pieces.size()) + " pieces, expected 1 to " +
                  std::to_string(max_pieces));
    }
    for (const piece& p : pieces) {
      if (count_ > 0 && p.step <= pieces_[count_ - 1].step) {
        throw error("schedule: found a piece at step " + std::to_string(p.step) +
                    " after one at step " + std::to_string(pieces_[count_ - 1].step) +
                    ", expected increasing steps");
      }
      pieces_[count_++] = p;
    }
  }

  /// The value at a step, counted from 0.
  constexpr double operator()(std::uint64_t step) const {
    const std::uint64_t at = step - step % every_;
    switch (shape_) {
      case shape::constant:
        return from_;
      case shape::linear:
        return from_ + (to_ - from_) * progress(at);
      case shape::cosine:
        return to_ + (from_ - to_) * 0.5 * (1.0 + std::cos(std::numbers::pi * progress(at)));
      case shape::exponential:
        return std::max(to_, from_ * std::exp(-rate_ * static_cast<double>(at)));
      case shape::stepwise:
        return value_at(at);
    }
    return from_;
  }

 private:
  friend constexpr schedule schedules::linear(double, double, std::uint64_t, std::uint64_t);
  friend constexpr schedule schedules::cosine(double, double, std::uint64_t, std::uint64_t);
  friend constexpr schedule schedules::exponential(double, double, double, std::uint64_t);

  enum class shape : std::uint8_t { constant, linear, cosine, exponential, stepwise };

  constexpr schedule(shape kind, double from, double to, std::uint64_t steps, double decay,
                     std::uint64_t every)
      : shape_(kind),
        from_(from),
        to_(to),
        rate_(decay),
        steps_(steps),
        every_(std::max<std::uint64_t>(every, 1)) {}

  constexpr double progress(std::uint64_t step) const {
    return step >= steps_ ? 1.0 : static_cast<double>(step) / static_cast<double>(steps_);
  }
  constexpr double value_at(std::uint64_t step) const {
    double value = pieces_[0].value;
    for (std::size_t i = 1; i < count_ && pieces_[i].step <= step; ++i) value = pieces_[i].value;
    return value;
  }

  shape shape_ = shape::constant;
  double from_ = 0.0, to_ = 0.0, rate_ = 0.0;
  std::uint64_t steps_ = 0, every_ = 1;
  std::size_t count_ = 0;
  std::array<piece, max_pieces> pieces_{};
};

/// Makers of schedules. Where there is an argument `every`, the value changes only at multiples of
/// that many steps, as in the annealing of Jang, Gu and Poole, "Categorical reparameterization with
/// Gumbel-Softmax" (2017), section 4.
namespace schedules {

/// The same value at every step.
constexpr schedule constant(double value) { return value; }

/// A line from `from` at step 0 to `to` at `steps`, and `to` from there on. Throws `error` if there
/// are no steps.
constexpr schedule linear(double from, double to, std::uint64_t steps, std::uint64_t every = 1) {
  if (steps == 0) throw error("schedules::linear: found 0 steps, expected at least one");
  return {schedule::shape::linear, from, to, steps, 0.0, every};
}

/// max(floor, from e^(-decay step)).
constexpr schedule exponential(double from, double decay, double floor, std::uint64_t every = 1) {
  return {schedule::shape::exponential, from, floor, 0, decay, every};
}

/// Half a cosine from `from` at step 0 to `to` at `steps`, and `to` from there on (Loshchilov and
/// Hutter, "SGDR", 2017, equation 5, without restarts). Throws `error` if there are no steps.
constexpr schedule cosine(double from, double to, std::uint64_t steps, std::uint64_t every = 1) {
  if (steps == 0) throw error("schedules::cosine: found 0 steps, expected at least one");
  return {schedule::shape::cosine, from, to, steps, 0.0, every};
}

/// `stepwise({{0, 1e-3}, {1000, 1e-4}})`: the value of the last piece whose step has come. Throws
/// `error` unless there are 1 to `schedule::max_pieces` pieces with increasing steps.
constexpr schedule stepwise(std::initializer_list<schedule::piece> pieces) {
  return schedule(pieces);
}

}  // namespace schedules

}  // namespace variad
