#pragma once

#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/ops/matmul.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad::models {

/// Bayesian linear regression with known noise (Bishop, "Pattern recognition and machine learning",
/// §3.3): y = x·w + noise, with independent normal weights. The weights are global, so each
/// minibatch stands for all rows. The posterior is normal, with covariance
/// (XᵀX / noise² + I / prior²)⁻¹: the guide `full_rank(model)` can equal it, and
/// `mean_field(model)` finds its mean.
///
/// Data: `x`, [rows, D], and `y`, [rows], in the plate "row". A column of ones gives an intercept.
template <int D>
struct linear_regression {
  static constexpr auto x = given<"x", D>;
  static constexpr auto y = observed<"y">;
  static constexpr auto w = latent<"w", D>;

  /// `noise` and `prior` are standard deviations, of y and of each weight.
  static constexpr auto model(double noise, double prior) {
    return variad::model(w = ~normal(0, prior), plate<"row">(y = ~normal(matmul(x, w), noise)));
  }
};

}  // namespace variad::models
