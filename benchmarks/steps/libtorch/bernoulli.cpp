#include "bernoulli.hpp"

namespace steps::libtorch {

// A softplus and a product take half the time of binary_cross_entropy_with_logits.
Tensor bernoulli_log_likelihood(const Tensor& x, const Tensor& logits) {
  const Tensor by_image = logits.view({-1, rows, pixels});
  return ((x * by_image).sum(-1) - torch::softplus(by_image).sum(-1)).view(-1);
}

}  // namespace steps::libtorch
