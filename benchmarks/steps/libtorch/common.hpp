#pragma once

#include <cfenv>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "programs.hpp"
#include <torch/optim/adam.h>
#include <torch/types.h>

namespace steps::libtorch {

using torch::Tensor;

inline constexpr std::int64_t rows = static_cast<std::int64_t>(batch), pixels = images::width;

/// Threads of libtorch and of OpenBLAS, and denormals flushed, for as long as it lives; then
/// OpenBLAS has one thread, which is what variad wants. OpenMP's threads inherit the latter when
/// they start.
class session {
 public:
  explicit session(unsigned threads);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

 private:
  std::fenv_t before_;
};

/// What is learned.
class parameter_list {
 public:
  /// Makes a value a parameter.
  Tensor add(Tensor value);
  [[nodiscard]] const std::vector<Tensor>& all() const { return all_; }

 private:
  std::vector<Tensor> all_;
};

/// What a training step differentiates.
struct outcome {
  Tensor loss;
  double bound;  ///< in nats per image
};

/// What all trainees do.
class torch_trainee : public trainee {
 public:
  torch_trainee(const images& data, unsigned threads);
  double step(std::size_t first) final;

 protected:
  virtual outcome evaluate(const Tensor& x) = 0;

  parameter_list parameters;

 private:
  Tensor data_;
  unsigned threads_;
  std::optional<torch::optim::Adam> adam_;
};

template <class Trainee>
std::unique_ptr<trainee> make(const images& data, unsigned threads) {
  const session running(threads);
  return std::make_unique<Trainee>(data, threads);
}

}  // namespace steps::libtorch
