#pragma once

#include <cstdint>
#include <string_view>

namespace variad {

/// What an op says of itself: `static constexpr op_traits traits{.adds = true}`.
struct op_traits {
  /// False: it has no derivative, and nothing learns through it.
  bool differentiable = true;
  /// Inputs that no derivative reaches, a bit each: the value jumps there and is constant between.
  std::uint32_t without_derivative = 0;
  /// Its value is a sum of its inputs, or of their elements.
  bool adds = false;
  /// It is linear in its inputs together, and has no parameters: derivatives along a direction pass
  /// through forward and pull_back as they are, which the surrogate of `relax` asks for.
  bool linear = false;
  /// It has values of its parameters for every row of the plates that its statement stands in.
  bool per_row = false;
  /// It draws numbers of its own in a training step, which estimates average over.
  bool draws = false;
  /// pull_back writes the sums that begin with it, instead of adding to them:
  /// kernel_call::begins_adjoints.
  bool begins_sums = false;
  /// Of an elementwise op: the results are summed over the event.
  bool sums_event = false;
  /// Its first input holds indices, by which it chooses rows of its second: those of its event, or
  /// of another plate that it stands in, kernel_call::reduced_axis.
  bool takes_rows = false;
  /// It reads an image, an event [height, width, channels].
  bool reads_image = false;
  /// The plate whose rows it takes together, by name: kernel_call::reduced_axis.
  std::string_view reduced_plate{};
};

}  // namespace variad
