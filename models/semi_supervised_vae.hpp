#pragma once

#include <variad/dsl/estimators/enumerate.hpp>
#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/dropout.hpp>
#include <variad/dsl/ops/exp.hpp>
#include <variad/dsl/ops/log_prob.hpp>
#include <variad/dsl/ops/mean.hpp>
#include <variad/dsl/ops/multiply.hpp>
#include <variad/dsl/ops/negate.hpp>
#include <variad/dsl/ops/relu.hpp>
#include <variad/dsl/ops/reshape.hpp>
#include <variad/dsl/ops/slice.hpp>
#include <variad/dsl/ops/take.hpp>
#include <variad/dsl/syntax/gaps.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad::models {

/// The semi-supervised variational autoencoder of Lorberbom, Gane, Jaakkola and Hazan, "Direct
/// optimization through arg max for discrete variational auto-encoder" (2019), §5.1 and §6.1: a
/// class of K, a style of N normal variables that the class chooses, and a decoder that reads the
/// matrix [K, N] whose row of the class holds the style, all others being zero. The encoder has the
/// layers of §6.1: 784-400-200, the class 200-100-K, the style a representation of 100 units for
/// each class, then 100-66-2N shared over the classes, with dropout. The paper leaves the decoder
/// open; here it has one hidden layer of 400 units.
///
/// The class is conditioned on where it is known, or where `Known` is false, a latent.
///
/// Data: `x`, [rows, Pixels], 0 or 1, and `category`, [rows], 0 to K - 1 or −1 where it is not
/// known, in the plate "image".
template <int K = 10, int N = 20, int Pixels = 784, bool Known = true>
struct semi_supervised_vae {
  static constexpr auto declare_category() {
    if constexpr (Known)
      return partly_observed<"category">;
    else
      return latent<"category">;
  }
  static constexpr auto x = observed<"x", Pixels>;
  static constexpr auto category = declare_category();
  static constexpr auto style = latent<"style", N>;
  static constexpr auto h = quantity<"h">;
  static constexpr auto scores = quantity<"scores">;
  static constexpr auto styles = quantity<"styles">;
  static constexpr auto chosen = quantity<"chosen">;

  static constexpr auto model() {
    return variad::model(plate<"image">(
        category = ~categorical<K>(uniform), style = ~normal(0, 1),
        x = ~bernoulli(logits = dense<Pixels>(
                           relu(dense<400>(reshape<K, 1>(category) * reshape<1, N>(style)))))));
  }
  /// The class has this estimator; by default it is enumerated. Known classes teach the encoder by
  /// a loss alone, since nothing is drawn there: `classification` is its weight in nats per nat, α
  /// of Kingma, Mohamed, Rezende and Welling, "Semi-supervised learning with deep generative
  /// models" (2014), eq. 9.
  template <class Estimator = enumerate>
  static constexpr auto guide(const Estimator& estimator = {}, double classification = 0) {
    return variad::guide(plate<"image">(
        h = dense<200>(relu(dense<400>(x))), scores = dense<K>(relu(dense<100>(h))),
        styles = dense<2 * N>(
            dropout(relu(dense<66>(reshape<K, 100>(dense<K * 100>(h)), axis<-1>)), 0.5), axis<-1>),
        category = ~categorical<K>(logits = scores).by(estimator), chosen = take(styles, category),
        style = ~normal(mean = slice<0, N>(chosen), scale = exp(slice<N, 2 * N>(chosen))),
        loss(classification * cross_entropy())));
  }
  /// −log q(category) where it is known.
  static constexpr auto cross_entropy() {
    if constexpr (Known)
      return -known(category) * log_prob(categorical<K>(logits = scores), category);
    else
      return as_expression(0);
  }
};

}  // namespace variad::models
