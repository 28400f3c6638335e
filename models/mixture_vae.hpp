#pragma once

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/ops/exp.hpp>
#include <variad/dsl/ops/mean.hpp>
#include <variad/dsl/ops/multiply.hpp>
#include <variad/dsl/ops/reshape.hpp>
#include <variad/dsl/syntax/variable.hpp>
#include <variad/models/hidden_layers.hpp>

namespace variad::models {

/// The mixed discrete-continuous variational autoencoder of Lorberbom, Gane, Jaakkola and Hazan,
/// "Direct optimization through arg max for discrete variational auto-encoder" (2019), §5.1 and
/// §6.1, without labels and dropout: a class of K, a style of N normal variables, and the decoder
/// reads the matrix [K, N] whose row of the class holds the style, all others being zero. The
/// encoder has the units of §6.1; of the decoder the paper says nothing, and here it mirrors the
/// encoder.
///
/// Data: `x`, [rows, Pixels], 0 or 1, in the plate "image".
template <int K = 10, int N = 20, int Pixels = 784>
struct mixture_vae {
  using layers = hidden<400, 200>;

  static constexpr auto x = observed<"x", Pixels>;
  static constexpr auto category = latent<"category">;
  static constexpr auto style = latent<"style", N>;
  static constexpr auto h = quantity<"h">;
  static constexpr auto code = quantity<"code">;
  static constexpr auto features = quantity<"features">;

  static constexpr auto model() {
    return variad::model(
        plate<"image">(category = ~categorical<K>(uniform), style = ~normal(0, 1),
                       code = reshape<K, 1>(category) * reshape<1, N>(style),
                       x = ~bernoulli(logits = dense<Pixels>(decode<layers>(code)))));
  }
  static constexpr auto guide() {
    return variad::guide(plate<"image">(
        h = dense<200>(relu(dense<400>(x))),
        category = ~categorical<K>(logits = dense<K>(relu(dense<100>(h)))),
        features = relu(dense<66>(dense<100>(h))),
        style = ~normal(mean = dense<N>(features), scale = exp(dense<N>(features)))));
  }
};

}  // namespace variad::models
