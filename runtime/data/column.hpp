#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <variad/runtime/error.hpp>

namespace variad {

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

  /// Number of values in one row; 1 for scalar events.
  [[nodiscard]] std::size_t event_size() const {
    return std::accumulate(event_shape.begin(), event_shape.end(), std::size_t{1},
                           std::multiplies<>{});
  }

  [[nodiscard]] std::span<const T> row(std::size_t index) const {
    const std::size_t size = event_size();
    return {values.data() + index * size, size};
  }
};

namespace detail {

/// "[3, 4]", for messages.
inline std::string print_shape(std::span<const std::size_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

template <class T, class Accept, class Message>
void check_values(const column<T>& data, Accept accept, Message message) {
  const std::size_t size = data.event_size();
  for (std::size_t i = 0; i < data.values.size(); ++i) {
    if (accept(data.values[i])) continue;
    std::ostringstream text;
    text << "data of '" << data.name << "', row " << i / size << ": found the value "
         << data.values[i] << ", expected " << message();
    throw error(text.str());
  }
}

}  // namespace detail

/// Throws `variad::error` naming the variable and the row if a value is NaN or infinite.
template <class T>
void check_finite(const column<T>& data) {
  detail::check_values(
      data, [](T value) { return std::isfinite(value); },
      [] { return std::string("a finite number"); });
}

/// Throws `variad::error` naming the variable, the row, the value and the repair unless every value
/// that a program will see is 0 or 1, as a Bernoulli observation needs.
template <class T>
void check_binary(const column<T>& data) {
  if (data.binarized_each_epoch) {
    detail::check_values(
        data, [](T value) { return value >= T(0) && value <= T(1); },
        [] { return std::string("a probability in [0, 1] to draw binary values with"); });
    return;
  }
  detail::check_values(
      data, [](T value) { return value == T(0) || value == T(1); },
      [] {
        return std::string(
            "0 or 1; make the data binary with .rounded(), .binarized(seed) or "
            ".binarized_each_epoch()");
      });
}

/// Throws `variad::error` naming the variable, the row and the value unless every value that a
/// program will see is above zero, as a density on the positive numbers needs.
template <class T>
void check_positive(const column<T>& data) {
  if (data.binarized_each_epoch)
    throw error("data of '" + data.name +
                "': found values that become 0 or 1 in each epoch, expected positive numbers; drop "
                ".binarized_each_epoch()");
  detail::check_values(
      data, [](T value) { return value > T(0); }, [] { return std::string("a positive number"); });
}

/// Throws `variad::error` naming the variable and the repair if values are drawn anew in each epoch
/// though their variable, standing outside the data plate, is read once.
template <class T>
void check_read_once(const column<T>& data) {
  if (data.binarized_each_epoch)
    throw error("data of '" + data.name +
                "': found .binarized_each_epoch() outside the data plate, where data are read "
                "once; expected .binarized(seed), .rounded() or values as they are");
}

/// Throws `variad::error` naming the variable, the row and the value unless every value is one of
/// the integers 0 .. categories - 1.
template <class T>
void check_categories(const column<T>& data, std::size_t categories) {
  detail::check_values(
      data,
      [categories](T value) {
        return value >= T(0) && value < static_cast<T>(categories) && value == std::floor(value);
      },
      [categories] {
        return "a category, one of the integers 0 to " + std::to_string(categories - 1);
      });
}

}  // namespace variad
