#pragma once

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/leaky_relu.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad::models {

/// The categorical variational autoencoder of "Coupled gradient estimators for discrete latent
/// variables" (Dong, Mnih and Tucker; `coupled-gradient-estimators`), §4, after Yin, Yue and Zhou
/// (2019): 20 variables of C categories with a uniform prior, an encoder with hidden layers of 512
/// and 256 units and a decoder with 256 and 512, leaky ReLU of slope 0.2, and binary pixels.
///
/// Data: `x`, [rows, Pixels], 0 or 1, in the plate "image".
template <int C, int Pixels = 784>
struct categorical_vae {
  static constexpr int variables = 20;
  static constexpr auto x = observed<"x", Pixels>;
  static constexpr auto z = latent<"z", variables>;

  static constexpr auto model() {
    return variad::model(
        plate<"image">(z = ~categorical<C>(uniform),
                       x = ~bernoulli(logits = dense<Pixels>(layer<512>(layer<256>(z))))));
  }
  static constexpr auto guide() { return variad::guide(plate<"image">(z = ~posterior())); }
  /// The guide with an estimator of the user's choice.
  template <class Estimator>
  static constexpr auto guide(const Estimator& e) {
    return variad::guide(plate<"image">(z = ~posterior().by(e)));
  }

 private:
  template <int Units, class E>
  static constexpr auto layer(const E& e) {
    return leaky_relu(dense<Units>(e), 0.2);
  }
  static constexpr auto posterior() {
    return categorical<C>(logits = dense<variables * C>(layer<256>(layer<512>(x))));
  }
};

}  // namespace variad::models
