#pragma once

#include "common.hpp"

namespace steps::libtorch {

/// Uniform in ±√(6 / (in + out)), of shape [in, out].
Tensor glorot_uniform(std::int64_t in, std::int64_t out);

/// x·W + b.
struct dense {
  Tensor weight, bias;
  dense(parameter_list& parameters, std::int64_t in, std::int64_t out);
  Tensor operator()(const Tensor& x) const { return torch::addmm(bias, x, weight); }
};

/// Batch normalisation of the columns.
struct batch_norm {
  Tensor scale, shift, running_mean, running_variance;
  batch_norm(parameter_list& parameters, std::int64_t units);
  Tensor operator()(const Tensor& x) const;
};

}  // namespace steps::libtorch
