#pragma once

#include "linear_vae.hpp"

namespace steps::libtorch {

/// Direct optimization through arg max with the central difference, of all one-site alternatives.
class direct_vae : public torch_trainee {
 public:
  using torch_trainee::torch_trainee;

 protected:
  linear_vae vae{parameters};

 private:
  static constexpr double epsilon = 0.1;

  outcome evaluate(const Tensor& x) final;

  /// The log-likelihoods with variable i at category j and the others as drawn, of shape [rows,
  /// categories, variables], up to a constant for each variable of each row. `drawn` [rows,
  /// 1, variables] are the categories, `z` [rows, values] their one-hot rows and `decoded` the
  /// pixels' logits. Called without gradients.
  virtual Tensor alternatives(const Tensor& x, const Tensor& drawn, const Tensor& z,
                              const Tensor& decoded) = 0;
};

}  // namespace steps::libtorch
