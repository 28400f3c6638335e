#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <variad/runtime/data/array.hpp>

/// Made-up binary images, [rows, 784]: each is one of four striped patterns, drawn with equal
/// probability, with every pixel flipped with probability 1/50. `patterns` receives which.
inline variad::array<float> toy_images(std::size_t rows, std::uint32_t seed,
                                       std::vector<int>* patterns = nullptr) {
  variad::array<float> images = variad::array<float>::from_shape({rows, 784});
  std::mt19937 random(seed);
  float* pixel = images.data();
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t pattern = random() % 4;
    if (patterns != nullptr) patterns->push_back(static_cast<int>(pattern));
    for (std::size_t i = 0; i < 784; ++i) {
      const std::size_t y = i / 28, x = i % 28;
      const std::size_t along[] = {x, y, x + y, x + 28 - y};
      const bool flip = random() % 50 == 0;
      *pixel++ = (along[pattern] / 4 % 2 == 1) != flip ? 1.0f : 0.0f;
    }
  }
  return images;
}

/// Nats per toy image: log 4 and the entropy of the flips. In the mean over many images no model's
/// bound can be above its negative, -78.2.
inline double toy_entropy() {
  constexpr double flip = 0.02;
  return std::log(4.0) - 784 * (flip * std::log(flip) + (1 - flip) * std::log(1 - flip));
}

/// Whether a mean bound over toy images is one that a short training should reach: at most 5
/// standard errors above what is possible (the number of flips of an image has a deviation of 3.92,
/// and each costs log 49), and at most 35 nats below. Without using its latents a model cannot pass
/// -436.8, the negative sum of the entropies of the pixels.
inline bool toy_bound_is_good(double bound, std::size_t images) {
  const double error = 3.92 * std::log(49.0) / std::sqrt(static_cast<double>(images));
  return bound < -toy_entropy() + 5 * error && bound > -toy_entropy() - 35;
}
