#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <variad/runtime/training/program.hpp>

namespace variad {

/// Sums over gradients of the guide's parameters, of one batch under different noise.
struct gradient_sample {
  std::vector<double> sum, square;   ///< by parameter
  double cosine = 0;                 ///< the mean, to a reference; 0 without one
  std::vector<double> milliseconds;  ///< of each gradient

  [[nodiscard]] double count() const { return static_cast<double>(milliseconds.size()); }
  [[nodiscard]] std::vector<double> mean() const {
    std::vector<double> m = sum;
    for (double& v : m) v /= count();
    return m;
  }
  /// The sum over parameters of the variance of one gradient; 0 of less than two.
  [[nodiscard]] double variance() const {
    double total = 0;
    for (std::size_t i = 0; i < sum.size(); ++i)
      total += std::max(0.0, square[i] - sum[i] * sum[i] / count());
    return count() > 1 ? total / (count() - 1) : 0;
  }
  [[nodiscard]] double median_milliseconds() const {
    std::vector<double> t = milliseconds;
    const auto middle = t.begin() + static_cast<std::ptrdiff_t>(t.size() / 2);
    std::nth_element(t.begin(), middle, t.end());
    return *middle;
  }
};

namespace internals {

/// Takes gradients of one batch, all rows of the loaded data, at the inference's parameters.
template <class Inference, class Data>
gradient_sample take_gradients(Inference& vi, const Data& data, std::size_t repeats,
                               std::uint64_t seed, const std::vector<double>& reference = {}) {
  std::vector<std::uint32_t> rows(data.rows.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  gradient_sample s;
  for (std::size_t r = 0; r < repeats; ++r) {
    const auto begin = std::chrono::steady_clock::now();
    vi.gradient(data, rows, {.seed = seed, .step = r + 1});
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    s.milliseconds.push_back(time.count());
    double along = 0, own = 0, other = 0;
    std::size_t at = 0;
    for (const parameter_info& p : vi.parameter_table()) {
      if (!p.name.starts_with("q.")) continue;
      s.sum.resize(std::max(s.sum.size(), at + p.size));
      s.square.resize(s.sum.size());
      for (std::size_t i = 0; i < p.size; ++i, ++at) {
        const double g = static_cast<double>(vi.gradient()[p.offset + i]);
        s.sum[at] += g;
        s.square[at] += g * g;
        if (reference.empty()) continue;
        along += g * reference[at];
        own += g * g;
        other += reference[at] * reference[at];
      }
    }
    if (own > 0 && other > 0)
      s.cosine += along / std::sqrt(own * other) / static_cast<double>(repeats);
  }
  return s;
}

}  // namespace internals
}  // namespace variad
