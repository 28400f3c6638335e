#pragma once

#include <variad/dsl/estimators/gumbolt.hpp>
#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/restricted_boltzmann.hpp>
#include <variad/dsl/ops/batch_norm.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/tanh.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad::models {

/// What the encoders and the decoder of a gumbolt_vae are made of.
enum class layers {
  linear,     ///< one linear map
  nonlinear,  ///< two hidden layers of 200 units, batch normalisation and tanh, before it
};

/// The variational autoencoder with a restricted Boltzmann machine as its prior, "GumBolt:
/// Extending Gumbel trick to Boltzmann priors" (Khoshaman and Amin 2018), §5.1: binary pixels, and
/// 200 units for each of the Hierarchies (one or two) of the guide. The four structures of table 1:
///
/// | table 1 | here | prior | guide |
/// | --- | --- | --- | --- |
/// | — | `gumbolt_vae<1, layers::linear>` | 100 × 100 units | q(z1, z2 ∣ x) factorial |
/// | ~ | `gumbolt_vae<1, layers::nonlinear>` | 100 × 100 | factorial |
/// | — — | `gumbolt_vae<2, layers::linear>` | 200 × 200 | q(z1 ∣ x) q(z2 ∣ x, z1) |
/// | ~ ~ | `gumbolt_vae<2, layers::nonlinear>` | 200 × 200 | the same |
///
/// A linear structure is taken to have no hidden layer (§5.1 speaks of one of 200 units in each
/// hierarchy of — —), and the decoder of a nonlinear one two.
///
/// Data: `x`, [rows, Pixels], 0 or 1, in the plate "image".
template <int Hierarchies, layers Layers, int Pixels = 784>
struct gumbolt_vae {
  static_assert(Hierarchies == 1 || Hierarchies == 2, "the guide has one or two hierarchies");
  static constexpr int units = 200, group = Hierarchies * units / 2;

  static constexpr auto x = observed<"x", Pixels>;
  static constexpr auto z1 = latent<"z1", group>;
  static constexpr auto z2 = latent<"z2", group>;

  /// The prior as it is, or with settings: sweeps, chains, couplings held at zero.
  static constexpr auto model(const boltzmann_settings& prior = {}) {
    return variad::model(plate<"image">(joint(z1, z2) = ~restricted_boltzmann(prior),
                                        x = ~bernoulli(logits = layer<Pixels>(z1, z2))));
  }
  static constexpr auto guide() {
    return guide_by([](const auto& distribution) { return distribution; });
  }
  /// The guide with an estimator of the user's choice for all units.
  template <class Estimator>
  static constexpr auto guide(const Estimator& e) {
    return guide_by([&](const auto& distribution) { return distribution.by(e); });
  }

 private:
  /// Logits of Out units from the inputs.
  template <int Out, class... E>
  static constexpr auto layer(const E&... e) {
    if constexpr (Layers == layers::linear)
      return dense<Out>(e...);
    else
      return dense<Out>(hidden(hidden(e...)));
  }
  template <class... E>
  static constexpr auto hidden(const E&... e) {
    return tanh(batch_norm(linear<units>(e...)));
  }

  template <class By>
  static constexpr auto guide_by(By by) {
    if constexpr (Hierarchies == 1)
      return variad::guide(
          plate<"image">(joint(z1, z2) = ~by(bernoulli(logits = layer<units>(x)))));
    else
      return variad::guide(plate<"image">(z1 = ~by(bernoulli(logits = layer<units>(x))),
                                          z2 = ~by(bernoulli(logits = layer<units>(x, z1)))));
  }
};

}  // namespace variad::models
