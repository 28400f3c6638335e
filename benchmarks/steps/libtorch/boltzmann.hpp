#pragma once

#include "common.hpp"

namespace steps::libtorch {

/// Units in each of the two groups of a machine.
inline constexpr std::int64_t group = 200;

/// A restricted Boltzmann machine: −E(z) = aᵀz1 + bᵀz2 + z2ᵀ W z1.
struct boltzmann_machine {
  Tensor bias_1, bias_2, couplings;
  explicit boltzmann_machine(parameter_list& parameters);

  /// −∂E/∂z2, of rows of z1.
  [[nodiscard]] Tensor fields_2(const Tensor& z1) const {
    return torch::addmm(bias_2, z1, couplings.t());
  }
};

/// 100 Markov chains that persist between steps.
class gibbs_chains {
 public:
  /// Advances them by 200 sweeps of block Gibbs.
  void sweep(const boltzmann_machine& machine);
  /// A scalar with the gradient of log Z, but not with its value.
  [[nodiscard]] Tensor log_z(const boltzmann_machine& machine) const;

 private:
  static constexpr std::int64_t count = 100;
  Tensor z1_ = torch::rand({count, group}).lt_(0.5), z2_ = torch::rand({count, group}).lt_(0.5),
         fields_ = torch::empty({count, group});
};

/// Relaxed units sigmoid((l + logit ρ) / τ), with τ = 1/7 and ρ uniform, of shape [samples, size of
/// the logits].
Tensor binary_concrete(const Tensor& logits, std::int64_t samples);

}  // namespace steps::libtorch
