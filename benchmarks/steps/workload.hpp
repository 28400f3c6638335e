#pragma once

#include <cstddef>
#include <memory>
#include <vector>

// Plain C++17, since libtorch's headers do not compile as C++20 everywhere.

namespace steps {

/// Rows of binary images, shape [rows, 784], values 0 and 1.
struct images {
  std::vector<float> pixels;
  std::size_t rows = 0;
  static constexpr std::size_t width = 784;
};

/// Images of one training step.
inline constexpr std::size_t batch = 100;

/// One implementation of a workload, ready to take training steps with Adam at a rate of 1e-3.
class trainee {
 public:
  trainee() = default;
  trainee(const trainee&) = delete;
  trainee& operator=(const trainee&) = delete;
  virtual ~trainee() = default;

  /// Takes a step on images first .. first + batch - 1; the bound before it, in nats per image.
  virtual double step(std::size_t first) = 0;
};

/// Makes a trainee that reads `data`, which outlives it, and works on so many threads.
using maker = std::unique_ptr<trainee> (*)(const images& data, unsigned threads);

}  // namespace steps
