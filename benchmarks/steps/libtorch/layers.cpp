#include "layers.hpp"

#include <cmath>

namespace steps::libtorch {

Tensor glorot_uniform(std::int64_t in, std::int64_t out) {
  const double limit = std::sqrt(6.0 / static_cast<double>(in + out));
  return torch::empty({in, out}).uniform_(-limit, limit);
}

dense::dense(parameter_list& parameters, std::int64_t in, std::int64_t out)
    : weight(parameters.add(glorot_uniform(in, out))), bias(parameters.add(torch::zeros({out}))) {}

batch_norm::batch_norm(parameter_list& parameters, std::int64_t units)
    : scale(parameters.add(torch::ones({units}))),
      shift(parameters.add(torch::zeros({units}))),
      running_mean(torch::zeros({units})),
      running_variance(torch::ones({units})) {}

Tensor batch_norm::operator()(const Tensor& x) const {
  return torch::batch_norm(x, scale, shift, running_mean, running_variance, true, 0.1, 1e-5, false);
}

}  // namespace steps::libtorch
