#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace variad::internals {

/// The data of one observed variable: `rows` events of shape `event_shape`, stored one row after
/// another, so `values` has rows * event_size() elements.
template <class T>
struct column {
  std::string name;
  std::vector<std::size_t> event_shape;
  std::size_t rows = 0;
  std::vector<T> values;
  /// The values are probabilities, and each epoch sees new Bernoulli draws of them.
  bool binarized_each_epoch = false;
  /// By value, 1 where it is there, and 0 in a gap, where the value is 0; empty where all are
  /// there.
  std::vector<std::uint8_t> known{};
  bool in_rows = false;  ///< one event, whose first axis is rows of a plate

  /// Number of values in one row; 1 for scalar events.
  [[nodiscard]] std::size_t event_size() const {
    return std::accumulate(event_shape.begin(), event_shape.end(), std::size_t{1},
                           std::multiplies<>{});
  }

  [[nodiscard]] bool is_known(std::size_t index) const {
    return known.empty() || known[index] != 0;
  }

  [[nodiscard]] std::span<const T> row(std::size_t index) const {
    const std::size_t size = event_size();
    return {values.data() + index * size, size};
  }
};

/// "[3, 4]", for messages.
std::string print_shape(std::span<const std::size_t> shape);

/// Makes gaps of the values that are `sign`, NaN or a number, and 0 of them.
template <class T>
void mark_gaps(column<T>& data, T sign);

/// Throws `variad::error` naming the variable, the row and the repair if a value is not there.
template <class T>
void check_no_gaps(const column<T>& data, std::string_view repair);

/// Throws `variad::error` naming the variable and the row if a value that is there is NaN or
/// infinite.
template <class T>
void check_finite(const column<T>& data);

/// Throws `variad::error` naming the variable, the row, the value and the repair unless every value
/// is in [0, 1], as the modifier of a source that makes them binary needs.
template <class T>
void check_shares(const column<T>& data, std::string_view modifier);

/// Throws `variad::error` naming the variable, the row, the value and the repair unless every value
/// is in [0, 255].
template <class T>
void check_pixels(const column<T>& data);

/// Throws `variad::error` naming the variable, the row, the value and the repair unless every value
/// that a program will see is 0 or 1, as a Bernoulli observation needs.
template <class T>
void check_binary(const column<T>& data);

/// Throws `variad::error` naming the variable, the row and the value unless every value that a
/// program will see is above zero, as a density on the positive numbers needs.
template <class T>
void check_positive(const column<T>& data);

/// Throws `variad::error` naming the variable and the repair if values are drawn anew in each epoch
/// though their variable, standing outside the data plate, is read once.
template <class T>
void check_read_once(const column<T>& data);

/// Throws `variad::error` naming the variable, the row and the value unless every value is one of
/// the integers 0 .. count - 1. `what` is what they are called: "a category".
template <class T>
void check_integers(const column<T>& data, std::size_t count, std::string_view what);

}  // namespace variad::internals
