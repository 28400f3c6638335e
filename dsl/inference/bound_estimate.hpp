#pragma once

#include <cmath>
#include <limits>
#include <ostream>
#include <vector>

namespace variad {

/// What a query found, in nats: of each datum on average where the data plate takes its size from
/// the data, and otherwise of everything together.
struct bound_estimate {
  double value = 0;
  /// Of `value`, for the chance of the draws alone; infinite where there was but one, which cannot
  /// tell.
  double standard_error = 0;
  /// The data that `value` is the mean of; 1 where it is of everything.
  double count = 1;

  /// The value of all data together.
  [[nodiscard]] double total() const { return value * count; }
};

inline std::ostream& operator<<(std::ostream& out, const bound_estimate& e) {
  return out << e.value << " (standard error " << e.standard_error << ")";
}

namespace internals {

/// The mean of independent draws, and its standard error.
inline bound_estimate mean_of_draws(const std::vector<double>& draws, double count) {
  const double n = static_cast<double>(draws.size());
  bound_estimate e{.count = count};
  for (const double d : draws) e.value += d / n;
  double square = 0;
  for (const double d : draws) square += (d - e.value) * (d - e.value);
  e.standard_error =
      n > 1 ? std::sqrt(square / (n - 1) / n) : std::numeric_limits<double>::infinity();
  return e;
}

}  // namespace internals
}  // namespace variad
