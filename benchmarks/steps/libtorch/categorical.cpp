#include "categorical.hpp"

#include <cmath>

namespace steps::libtorch {

Tensor gumbel_noise() {
  return torch::rand({rows, categories, variables}).log_().neg_().log_().neg_();
}

Tensor largest(const Tensor& x) { return std::get<1>(x.max(1, true)); }

Tensor one_hot_of(const Tensor& index) {
  return torch::zeros({rows, categories, variables}).scatter_(1, index, 1.0);
}

Tensor divergence_from_uniform(const Tensor& log_probabilities) {
  static const double entropy = static_cast<double>(variables) * std::log(categories);
  return (log_probabilities.exp() * log_probabilities).sum() / rows + entropy;
}

}  // namespace steps::libtorch
