#pragma once

#include <cmath>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/estimators/dvae.hpp>
#include <variad/dsl/estimators/positive_knob.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// The overlapping transformation of "DVAE++: Discrete variational autoencoders with overlapping
/// transformations" (Vahdat and others 2018), which "GumBolt" (Khoshaman and Amin 2018) compares
/// with. As in the dVAE the decoder and the rest of the guide read a smoothed ζ, here with
///
///     r(ζ ∣ z = 0) = β e^{−βζ} / (1 − e^{−β}),   r(ζ ∣ z = 1) = β e^{β(ζ−1)} / (1 − e^{−β})
///
/// on [0, 1]. With d = e^{−β}, w = e^{−βζ} and ρ uniform, ρ = F(ζ) of the mixture with weight
/// q = q(z = 1) is the quadratic (1 − q) w² + B w − q d = 0, B = ρ + d (q − ρ) − (1 − q), whose
/// positive root gives ζ = −log(w)/β. At fixed ρ, ∂ζ/∂q = (F0 − F1)/p of the two distribution
/// functions and the mixture's density, so that in the logit l
///
///     ∂ζ/∂l = q (1 − q) (1 − w − d (1/w − 1)) / (β ((1 − q) w + q d / w)).
///
/// The energy is linear in each unit, so the prior may read the mean of z given what others know of
/// it: of the last units of the guide q itself, and of those that other draws depend on through ζ,
/// q(z = 1 ∣ ζ) = sigmoid(l + β (2ζ − 1)). The entropy of q is exact.
struct dvae_plus_plus {
  schedule beta = 10.0;  ///< τ = 1/10 in "GumBolt", §5.1, for MNIST

  static constexpr estimator_traits traits{.name = "dvae_plus_plus",
                                           .bias = bias_class::biased,
                                           .source = "Vahdat and others 2018",
                                           .knob = dvae::traits.knob};

  static constexpr verdict accepts(const latent_traits& t) { return dvae::accepts(t); }
  static constexpr probe_set probes(const latent_traits& t) { return dvae::probes(t); }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    const T b = static_cast<T>(
                internals::positive_knob("dvae_plus_plus: .beta", beta, site.step())),
            d = std::exp(-b);
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T* const l = site.scratch();
      internals::relaxation::logits(site, row, l);
      T *const zeta = site.value(row).data(), *const mean = site.prior_value(row).data();
      fill_uniform(site.random(row), zeta, site.variables());
      internals::for_each_vector<T>(site.variables(), [&]<class V>(std::size_t i) {
        const V logit = internals::load_as<V>(l + i), rho = internals::load_as<V>(zeta + i),
                at_one = internals::broadcast<V>(d);
        const V q = math::sigmoid(logit), off = math::sigmoid(V(-logit));
        const V c = q * at_one, linear = rho + at_one * (q - rho) - off;
        const V root = math::sqrt(V(linear * linear + internals::broadcast<V>(T(4)) * off * c));
        const V one = internals::broadcast<V>(T(1)), two = internals::broadcast<V>(T(2));
        // The form of the root that does not cancel; d is taken out of it, where it may be 0.
        const auto near_one = linear > internals::broadcast<V>(T(0));
        const V of_log =
            math::select(near_one, V(two * q / (linear + root)), V((root - linear) / (two * off)));
        const V smooth = V(math::select(near_one, one, internals::broadcast<V>(T(0))) -
                           math::log(of_log) / internals::broadcast<V>(b));
        internals::store(zeta + i, smooth);
        internals::store(mean + i, site.feeds_draws() ? mean_given(logit, smooth, b) : q);
      });
    }
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const T b = static_cast<T>(beta(site.step())), d = std::exp(-b);
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T *const l = site.scratch(), *const dl = l + site.variables();
      internals::relaxation::logits(site, row, l);
      const T* const zeta = site.value(row).data();
      const T *const mean = site.prior_value(row).data(), *const dzeta = site.adjoint(row).data(),
                     *const dmean = site.prior_adjoint(row).data();
      internals::for_each_vector<T>(site.variables(), [&]<class V>(std::size_t i) {
        const V one = internals::broadcast<V>(T(1)), logit = internals::load_as<V>(l + i),
                sharp = internals::broadcast<V>(b);
        const V q = math::sigmoid(logit), off = math::sigmoid(V(-logit));
        const V w = math::exp(V(-sharp * internals::load_as<V>(zeta + i))),
                ratio = math::exp(V(sharp * (internals::load_as<V>(zeta + i) - one)));
        const V path = q * off * (one - w - ratio + internals::broadcast<V>(d)) /
                       (sharp * (off * w + q * ratio));
        const V m = internals::load_as<V>(mean + i);
        V spread = m * (one - m);
        if (site.feeds_draws())
          spread = spread * (one + internals::broadcast<V>(T(2)) * sharp * path);
        internals::store(dl + i, V(internals::load_as<V>(dzeta + i) * path +
                                   internals::load_as<V>(dmean + i) * spread));
      });
      internals::relaxation::add_logits(site, row, static_cast<const T*>(dl));
    }
  }

 private:
  template <class V, class T>
  static V mean_given(const V& logit, const V& zeta, T b) {
    return math::sigmoid(
        V(logit + internals::broadcast<V>(b) *
                      (internals::broadcast<V>(T(2)) * zeta - internals::broadcast<V>(T(1)))));
  }
};

}  // namespace variad
