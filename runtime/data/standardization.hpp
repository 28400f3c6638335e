#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <variad/runtime/data/array.hpp>

namespace variad {

/// Takes each number of an event to mean 0 and standard deviation 1, (value − mean) / scale, and
/// back. The scale of a number that never varies is 1.
struct standardization {
  /// By number of the event, in row-major order.
  std::vector<double> mean, scale;

  /// The values whose standardized ones these are; the last axes are the event. Throws
  /// `variad::error` if the events do not hold as many numbers, or a scale is not above zero.
  template <class T>
  [[nodiscard]] array<T> undo(const array<T>& values) const;
};

namespace internals {

/// Of rows, `size` numbers each, as far as they are there: `known` is by value, or empty where all
/// are.
template <class T>
standardization standardization_of(const std::vector<T>& values, std::size_t size,
                                   const std::vector<std::uint8_t>& known = {});

/// Throws `variad::error` unless there is a finite mean and a scale above zero for each number.
void check(const standardization& s);

/// Standardizes rows in place. They hold as many numbers.
template <class T>
void standardize(const standardization& by, std::vector<T>& values);

}  // namespace internals
}  // namespace variad
