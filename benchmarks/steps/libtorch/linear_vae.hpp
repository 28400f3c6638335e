#pragma once

#include "categorical.hpp"
#include "layers.hpp"

namespace steps::libtorch {

/// A VAE of categorical variables with a linear encoder and a linear decoder.
struct linear_vae {
  dense encoder, decoder;
  explicit linear_vae(parameter_list& parameters)
      : encoder(parameters, pixels, values), decoder(parameters, values, pixels) {}

  [[nodiscard]] Tensor logits(const Tensor& x) const {
    return encoder(x).view({rows, categories, variables});
  }
  [[nodiscard]] Tensor decode(const Tensor& z) const { return decoder(z.view({rows, values})); }
};

}  // namespace steps::libtorch
