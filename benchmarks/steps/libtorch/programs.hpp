#pragma once

#include "steps/workload.hpp"

/// The workloads written for libtorch by hand. Where the bound holds log Z of a Boltzmann machine,
/// its gradient is taken but its value is left out of what `step` returns.
namespace steps::libtorch {

/// Linear discrete VAE of 20 variables of 10 categories by direct argmax, central difference: all
/// one-site alternatives of the batch go through the decoder as one batch of rows.
std::unique_ptr<trainee> direct_20x10(const images& data, unsigned threads);

/// The same with the alternatives evaluated by differences of weight rows, an image at a time.
std::unique_ptr<trainee> direct_20x10_rows(const images& data, unsigned threads);

/// The same network by Gumbel-Softmax.
std::unique_ptr<trainee> gsm_20x10(const images& data, unsigned threads);

/// Nonlinear categorical VAE by the score function, 10 samples with leave-one-out baselines.
std::unique_ptr<trainee> reinforce_loo_20x10(const images& data, unsigned threads);

/// Gaussian VAE of 20 variables, reparameterized.
std::unique_ptr<trainee> gaussian_vae_20(const images& data, unsigned threads);

/// Semi-supervised VAE of 10 classes with styles of 20 variables, half of the rows labelled, the
/// class of the others by direct argmax, central difference.
std::unique_ptr<trainee> semi_supervised(const images& data, unsigned threads);

/// Convolutional VAE of 50 binary variables by the score function, 5 samples with leave-one-out
/// baselines.
std::unique_ptr<trainee> cnn_bvae(const images& data, unsigned threads);

/// Restricted Boltzmann machine of 200 x 200 units under a factorial guide; it reads no images.
std::unique_ptr<trainee> rbm_gibbs(const images& data, unsigned threads);

/// GumBolt with two hierarchies and nonlinear layers, 20 importance samples.
std::unique_ptr<trainee> gumbolt_2layer_k20(const images& data, unsigned threads);

}  // namespace steps::libtorch
