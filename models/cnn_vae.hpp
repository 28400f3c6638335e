#pragma once

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/ops/conv2d.hpp>
#include <variad/dsl/ops/conv_transpose2d.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/relu.hpp>
#include <variad/dsl/ops/reshape.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad::internals {

/// The convolutional networks of Table I (cnn_bvae), of images [28, 28, 1].
template <dsl_term E>
constexpr auto convolve_down(const E& x) {
  const auto first = relu(conv2d<32>(x, kernel_size<3>, stride<2>, padding<1>));
  const auto second = relu(conv2d<64>(first, kernel_size<3>, stride<2>, padding<1>));
  return relu(conv2d<128>(second, kernel_size<3>, stride<2>, padding<1>));
}
/// Of z with Units values: sides of 1, 3, 7, 14 and 28 pixels.
template <int Units, dsl_term E>
constexpr auto convolve_up(const E& z) {
  const auto pixel = reshape<1, 1, Units>(relu(dense<Units>(z)));
  const auto first = relu(conv_transpose2d<64>(pixel, kernel_size<3>, stride<2>));
  const auto second = relu(conv_transpose2d<64>(first, kernel_size<3>, stride<2>));
  const auto third =
      relu(conv_transpose2d<32>(second, kernel_size<3>, stride<2>, padding<1>, output_padding<1>));
  return conv_transpose2d<1>(third, kernel_size<3>, stride<2>, padding<1>, output_padding<1>);
}

}  // namespace variad::internals

namespace variad::models {

/// CNN_BVAE of "Training variational autoencoders with discrete latent variables using importance
/// sampling" (Bartler, Wiewel, Mauch and Yang; `importance-sampling-discrete-vae`), Table I: Bits
/// binary variables with a uniform prior, three convolutions 3 × 3 with a stride of 2 and ReLU to
/// 32, 64 and 128 channels, and four transposed ones back to an image of binary pixels. The table
/// leaves paddings open; here they are such that the sides are 28, 14, 7 and 4 pixels in the
/// encoder, and 1, 3, 7, 14 and 28 in the decoder. Its text has four convolutions in the encoder.
///
/// Data: `x`, [rows, 28, 28, 1], 0 or 1, in the plate "image".
template <int Bits = 50>
struct cnn_bvae {
  static constexpr auto x = observed<"x", 28, 28, 1>;
  static constexpr auto z = latent<"z", Bits>;

  static constexpr auto model() {
    return variad::model(plate<"image">(z = ~bernoulli(logits = 0),
                                        x = ~bernoulli(logits = internals::convolve_up<Bits>(z))));
  }
  static constexpr auto guide() { return variad::guide(plate<"image">(z = ~posterior())); }
  /// The guide with an estimator of the user's choice.
  template <class Estimator>
  static constexpr auto guide(const Estimator& e) {
    return variad::guide(plate<"image">(z = ~posterior().by(e)));
  }

 private:
  static constexpr auto posterior() {
    return bernoulli(logits = dense<Bits>(internals::convolve_down(x)));
  }
};

/// CNN_CVAE of the same table: one variable of that many categories; §VI has 100.
template <int Categories = 100>
struct cnn_cvae {
  static constexpr auto x = observed<"x", 28, 28, 1>;
  static constexpr auto z = latent<"z">;

  static constexpr auto model() {
    return variad::model(
        plate<"image">(z = ~categorical<Categories>(uniform),
                       x = ~bernoulli(logits = internals::convolve_up<Categories>(z))));
  }
  static constexpr auto guide() { return variad::guide(plate<"image">(z = ~posterior())); }
  /// The guide with an estimator of the user's choice.
  template <class Estimator>
  static constexpr auto guide(const Estimator& e) {
    return variad::guide(plate<"image">(z = ~posterior().by(e)));
  }

 private:
  static constexpr auto posterior() {
    return categorical<Categories>(logits = dense<Categories>(internals::convolve_down(x)));
  }
};

}  // namespace variad::models
