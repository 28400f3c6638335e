#include "boltzmann.hpp"

#include <vector>

namespace steps::libtorch {

namespace {

constexpr int sweeps = 200;

/// z ~ bernoulli(sigmoid(b + x·W)), in place.
void draw(const Tensor& b, const Tensor& x, const Tensor& w, Tensor& fields, Tensor& z) {
  at::addmm_out(fields, b, x, w).sigmoid_();
  z.uniform_().lt_(fields);
}

}  // namespace

boltzmann_machine::boltzmann_machine(parameter_list& parameters)
    : bias_1(parameters.add(torch::zeros({group}))),
      bias_2(parameters.add(torch::zeros({group}))),
      couplings(parameters.add(torch::empty({group, group}).normal_(0, 0.01))) {}

void gibbs_chains::sweep(const boltzmann_machine& machine) {
  const torch::NoGradGuard values_only;
  for (int s = 0; s < sweeps; ++s) {
    draw(machine.bias_1, z2_, machine.couplings, fields_, z1_);
    draw(machine.bias_2, z1_, machine.couplings.t(), fields_, z2_);
  }
}

Tensor gibbs_chains::log_z(const boltzmann_machine& machine) const {
  return machine.bias_1.dot(z1_.mean(0)) + machine.bias_2.dot(z2_.mean(0)) +
         (machine.couplings * (z2_.t().mm(z1_) / count)).sum();
}

Tensor binary_concrete(const Tensor& logits, std::int64_t samples) {
  constexpr double tau = 1.0 / 7.0;
  std::vector<std::int64_t> size = logits.sizes().vec();
  size.insert(size.begin(), samples);
  return torch::rand(size).logit_().add_(logits).mul_(1 / tau).sigmoid_();
}

}  // namespace steps::libtorch
