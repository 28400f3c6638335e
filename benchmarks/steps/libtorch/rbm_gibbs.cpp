#include "boltzmann.hpp"

namespace steps::libtorch {

namespace {

/// A machine alone: what it learns is the distribution that a factorial guide follows.
class boltzmann_under_guide : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 private:
  outcome evaluate(const Tensor&) override {
    chains_.sweep(machine_);
    const Tensor z1 = binary_concrete(logits_1_, 1), z2 = binary_concrete(logits_2_, 1);
    // −E(z) − log q(z), with log q the Bernoulli mass at the relaxed units.
    const Tensor bound = (z2 * (machine_.fields_2(z1) - logits_2_)).sum() +
                         (z1 * (machine_.bias_1 - logits_1_)).sum() +
                         torch::softplus(logits_1_).sum() + torch::softplus(logits_2_).sum();
    return {chains_.log_z(machine_) - bound, bound.item<double>()};
  }

  boltzmann_machine machine_{parameters};
  gibbs_chains chains_;
  Tensor logits_1_ = parameters.add(torch::zeros({group})),
         logits_2_ = parameters.add(torch::zeros({group}));
};

}  // namespace

std::unique_ptr<trainee> rbm_gibbs(const images& data, unsigned threads) {
  return make<boltzmann_under_guide>(data, threads);
}

}  // namespace steps::libtorch
