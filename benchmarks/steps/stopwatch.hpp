#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace steps {

/// Milliseconds that f takes.
template <class F>
double milliseconds_of(F&& f) {
  using clock = std::chrono::steady_clock;
  const clock::time_point start = clock::now();
  f();
  return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

/// The middle one of some values, at least one.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace steps
