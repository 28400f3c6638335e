#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <variad/dsl/inference/program_set.hpp>

namespace variad {

/// Sums over gradients of the guide's parameters, of one batch under different noise.
struct gradient_sample {
  std::vector<double> sum, square;   ///< by parameter
  double cosine = 0;                 ///< the mean, to a reference; 0 without one
  std::vector<double> milliseconds;  ///< of each gradient

  [[nodiscard]] double count() const { return static_cast<double>(milliseconds.size()); }
  [[nodiscard]] std::vector<double> mean() const;
  /// The sum over parameters of the variance of one gradient; 0 of less than two.
  [[nodiscard]] double variance() const;
  [[nodiscard]] double median_milliseconds() const;
};

namespace internals {

/// Takes gradients of one batch, all rows of the loaded data, at the parameters of the programs.
template <class T>
gradient_sample take_gradients(program_set<T>& programs, const loaded_data<T>& data,
                               std::size_t repeats, std::uint64_t seed,
                               const std::vector<double>& reference = {});

}  // namespace internals
}  // namespace variad
