#pragma once

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/ops/exp.hpp>
#include <variad/dsl/ops/mean.hpp>
#include <variad/dsl/syntax/variable.hpp>
#include <variad/models/hidden_layers.hpp>

namespace variad::models {

/// The variational autoencoder of Kingma and Welling, "Auto-encoding variational Bayes" (2014,
/// appendix C.1), with relu: N standard normal variables, and binary pixels. `hidden<>` makes the
/// encoder and the decoder linear.
///
/// Data: `x`, [rows, Pixels], 0 or 1, in the plate "image".
template <int N, class Layers = hidden<400>, int Pixels = 784>
struct gaussian_vae {
  static constexpr auto x = observed<"x", Pixels>;
  static constexpr auto z = latent<"z", N>;
  static constexpr auto h = quantity<"h">;

  static constexpr auto model() {
    return variad::model(plate<"image">(z = ~normal(0, 1),
                                        x = ~bernoulli(logits = dense<Pixels>(decode<Layers>(z)))));
  }
  static constexpr auto guide() {
    if constexpr (Layers::linear) {
      return variad::guide(plate<"image">(z = ~posterior(x)));
    } else {
      return variad::guide(plate<"image">(h = encode<Layers>(x), z = ~posterior(h)));
    }
  }

 private:
  template <class Features>
  static constexpr auto posterior(const Features& f) {
    return normal(mean = dense<N>(f), scale = exp(dense<N>(f)));
  }
};

}  // namespace variad::models
