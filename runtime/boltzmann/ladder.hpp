#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace variad {

/// Inverse temperatures 0, 1/steps, ..., 1.
inline std::vector<double> linear_ladder(std::size_t steps) {
  std::vector<double> ladder(steps + 1);
  for (std::size_t k = 0; k <= steps; ++k)
    ladder[k] = static_cast<double>(k) / static_cast<double>(steps);
  return ladder;
}

/// Inverse temperatures 0, smallest, ..., 1, with the same ratio from each to the next after 0.
inline std::vector<double> geometric_ladder(std::size_t steps, double smallest) {
  std::vector<double> ladder(steps + 1, 0.0);
  for (std::size_t k = 1; k < steps; ++k)
    ladder[k] = std::pow(smallest, static_cast<double>(steps - k) / static_cast<double>(steps - 1));
  ladder[steps] = 1;
  return ladder;
}

}  // namespace variad
