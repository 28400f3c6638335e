#include "direct_argmax.hpp"

#include "bernoulli.hpp"

namespace steps::libtorch {

outcome direct_vae::evaluate(const Tensor& x) {
  const Tensor logits = vae.logits(x);
  const Tensor perturbed = gumbel_noise().add_(logits.detach());
  const Tensor drawn = largest(perturbed), z = one_hot_of(drawn).view({rows, values});
  const Tensor decoded = vae.decode(z);
  const Tensor bound =
      bernoulli_log_likelihood(x, decoded).mean() - divergence_from_uniform(logits.log_softmax(1));

  Tensor direction;
  {
    const torch::NoGradGuard values_only;
    const Tensor f = alternatives(x, drawn, z, decoded);
    // What is common to a variable's alternatives is taken away, lest it round the differences.
    const Tensor shift = (f - f.narrow(1, 0, 1)).mul_(epsilon);
    const Tensor up = largest(perturbed + shift);
    const Tensor down = largest(perturbed - shift);
    const double size = 1 / (2 * epsilon * rows);
    direction = torch::zeros_like(perturbed);
    direction.scatter_(1, up, size).scatter_add_(1, down, torch::full({1}, -size).expand_as(down));
  }
  return {-bound - (direction * logits).sum(), bound.item<double>()};
}

}  // namespace steps::libtorch
