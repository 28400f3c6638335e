#pragma once

#include "common.hpp"

namespace steps::libtorch {

/// log p(x | logits) of every row of logits [rows, pixels], summed over pixels. The rows are
/// samples of the images: row r is of image r % 100.
Tensor bernoulli_log_likelihood(const Tensor& x, const Tensor& logits);

}  // namespace steps::libtorch
