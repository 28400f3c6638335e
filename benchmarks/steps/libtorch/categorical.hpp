#pragma once

#include "common.hpp"

/// 20 variables of 10 categories each. Categories come before variables in every shape: softmax
/// along an inner dimension of ten values takes eight times as long.
namespace steps::libtorch {

inline constexpr std::int64_t variables = 20, categories = 10, values = variables * categories;

/// Standard Gumbel noise for the logits of a batch, [rows, categories, variables].
Tensor gumbel_noise();

/// The category of the largest value of each variable, [rows, 1, variables].
Tensor largest(const Tensor& x);

/// Categories [rows, 1, variables] as one-hot columns, [rows, categories, variables].
Tensor one_hot_of(const Tensor& index);

/// The divergence from the uniform prior, summed over the variables and averaged over the rows, of
/// normalised log-probabilities [rows, categories, variables].
Tensor divergence_from_uniform(const Tensor& log_probabilities);

}  // namespace steps::libtorch
