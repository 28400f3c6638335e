#pragma once

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/syntax/variable.hpp>
#include <variad/models/hidden_layers.hpp>

namespace variad::models {

/// The discrete variational autoencoder of Lorberbom, Gane, Jaakkola and Hazan, "Direct
/// optimization through arg max for discrete variational auto-encoder" (2019): N variables of K
/// categories with a uniform prior, and binary pixels. Without hidden layers it is the linear one
/// of §6 (figure 2), with `hidden<400, 200>` the deep one of figure 6, here with a Bernoulli
/// likelihood.
///
/// Data: `x`, [rows, Pixels], 0 or 1, in the plate "image".
template <int N, int K, class Layers = hidden<>, int Pixels = 784>
struct discrete_vae {
  static constexpr auto x = observed<"x", Pixels>;
  static constexpr auto z = latent<"z", N>;

  static constexpr auto model() {
    return variad::model(plate<"image">(z = ~categorical<K>(uniform),
                                        x = ~bernoulli(logits = dense<Pixels>(decode<Layers>(z)))));
  }
  static constexpr auto guide() { return variad::guide(plate<"image">(z = ~posterior())); }
  /// The guide with an estimator of the user's choice.
  template <class Estimator>
  static constexpr auto guide(const Estimator& e) {
    return variad::guide(plate<"image">(z = ~posterior().by(e)));
  }

 private:
  static constexpr auto posterior() {
    return categorical<K>(logits = dense<N * K>(encode<Layers>(x)));
  }
};

}  // namespace variad::models
