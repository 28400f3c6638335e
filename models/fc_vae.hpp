#pragma once

#include <variad/models/discrete_vae.hpp>

namespace variad::models {

/// FC_BVAE of "Training variational autoencoders with discrete latent variables using importance
/// sampling" (Bartler, Wiewel, Mauch and Yang; `importance-sampling-discrete-vae`), Table I: Bits
/// binary variables with a uniform prior, one hidden layer of 1024 units with ReLU on either side,
/// and binary pixels. §VI has 50 bits.
///
/// Data: `x`, [rows, 784], 0 or 1, in the plate "image".
template <int Bits = 50>
struct fc_bvae {
  static constexpr auto x = observed<"x", 784>;
  static constexpr auto z = latent<"z", Bits>;

  static constexpr auto model() {
    return variad::model(plate<"image">(z = ~bernoulli(logits = 0),
                                        x = ~bernoulli(logits = dense<784>(decode<layers>(z)))));
  }
  static constexpr auto guide() { return variad::guide(plate<"image">(z = ~posterior())); }
  /// The guide with an estimator of the user's choice.
  template <class Estimator>
  static constexpr auto guide(const Estimator& e) {
    return variad::guide(plate<"image">(z = ~posterior().by(e)));
  }

 private:
  using layers = hidden<1024>;
  static constexpr auto posterior() { return bernoulli(logits = dense<Bits>(encode<layers>(x))); }
};

/// FC_CVAE of the same table: one variable of that many categories; §VI has 100.
template <int Categories = 100>
using fc_cvae = discrete_vae<1, Categories, hidden<1024>>;

}  // namespace variad::models
