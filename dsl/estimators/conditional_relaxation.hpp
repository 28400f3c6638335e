#pragma once

#include <cmath>

#include <variad/dsl/estimators/relaxation.hpp>
#include <variad/runtime/random/uniform.hpp>

/// The relaxed draw given the hard one, "REBAR" (Tucker, Mnih, Maddison, Lawson and Sohl-Dickstein
/// 2017), appendix: z̃ has the distribution of the perturbed logits z given that their largest is
/// the draw's category. With θ the probabilities and v uniform it is a function of both, so that
/// its derivative in the logits is kept.
///
/// Of a category c: z̃_c = −log(−log v_c), z̃_i = −log(−log v_i / θ_i − log v_c). Of a binary draw
/// with logit l, in logit v: z̃ = softplus(logit v + softplus(l)) where it is 1, and
/// −softplus(logit v + softplus(−l)) where it is 0.
namespace variad::internals::conditional_relaxation {

/// Writes z̃ of a row given its hard value b, and ∂z̃/∂l (binary) or ∂z̃_i/∂log θ_i, by the draw of
/// that number in the row's stream.
template <class Family, class T>
void draw(const draw_site<Family, T>& site, std::size_t row, const T* b, T* z, T* slope,
          std::uint32_t number) {
  const std::size_t size = relaxation::size_of(site), k = site.categories();
  if constexpr (relaxation::binary<Family>) {
    fill_logistic(site.random(row), z, size, number);
    T* const logit = site.scratch();
    relaxation::logits(site, row, logit);
    for (std::size_t i = 0; i < size; ++i) {
      const T sign = b[i] > T(0.5) ? T(1) : T(-1), l = sign * logit[i];
      const T at = z[i] + math::softplus(l);
      z[i] = sign * math::softplus(at);
      slope[i] = math::sigmoid(at) * math::sigmoid(l);
    }
  } else {
    T* const log_p = site.scratch();
    site.logits(row, log_p);
    fill_uniform(site.random(row), z, size, number);
    for (std::size_t i = 0; i < size; i += k) {
      math::log_softmax(log_p + i, log_p + i, k);
      std::size_t c = 0;
      while (c + 1 < k && b[i + c] < T(0.5)) ++c;
      // In logarithms, as 1 / θ of an improbable category overflows.
      const T top = std::log(-std::log(z[i + c]));
      for (std::size_t j = 0; j < k; ++j) {
        const T own = std::log(-std::log(z[i + j])) - log_p[i + j];
        z[i + j] = j == c ? -top : -(top + math::softplus(T(own - top)));
        slope[i + j] = j == c ? T(0) : math::sigmoid(T(own - top));
      }
    }
  }
}

/// From the adjoint of z̃, in place, to that of the logits, by the slope that `draw` gave; of
/// categories through log θ, with the probabilities θ.
template <class Family, class T>
void to_logits(const draw_site<Family, T>& site, const T* slope, const T* probabilities, T* x) {
  const std::size_t size = relaxation::size_of(site), k = site.categories();
  for (std::size_t i = 0; i < size; ++i) x[i] *= slope[i];
  if constexpr (!relaxation::binary<Family>)
    for (std::size_t i = 0; i < size; i += k) {
      T total = 0;
      for (std::size_t j = 0; j < k; ++j) total += x[i + j];
      for (std::size_t j = 0; j < k; ++j) x[i + j] -= probabilities[i + j] * total;
    }
}

/// The derivative of z̃ along a direction of the logits.
template <class Family, class T>
void along_logits(const draw_site<Family, T>& site, const T* slope, const T* probabilities,
                  const T* direction, T* out) {
  const std::size_t size = relaxation::size_of(site), k = site.categories();
  if constexpr (relaxation::binary<Family>) {
    for (std::size_t i = 0; i < size; ++i) out[i] = slope[i] * direction[i];
  } else {
    for (std::size_t i = 0; i < size; i += k) {
      T mean = 0;
      for (std::size_t j = 0; j < k; ++j) mean += probabilities[i + j] * direction[i + j];
      for (std::size_t j = 0; j < k; ++j) out[i + j] = slope[i + j] * (direction[i + j] - mean);
    }
  }
}

}  // namespace variad::internals::conditional_relaxation
