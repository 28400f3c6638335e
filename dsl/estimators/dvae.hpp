#pragma once

#include <cmath>
#include <limits>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/dsl/estimators/positive_knob.hpp>
#include <variad/dsl/estimators/relaxation.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad {

/// The spike-and-exponential smoothing of "Discrete variational autoencoders" (Rolfe 2016), the
/// dVAE that "GumBolt" (Khoshaman and Amin 2018) compares with. A unit z with q = q(z = 1) brings a
/// continuous ζ, which the decoder and the rest of the guide read, while the prior reads z:
///
///     r(ζ ∣ z = 0) = δ(ζ),   r(ζ ∣ z = 1) = β e^{βζ} / (e^β − 1) on [0, 1].
///
/// ("GumBolt", eq. 15, prints the exponent with the other sign and τ = 1/β; z = 1 would then lie
/// near 0.) With v uniform, z = 1 where v < q, and then u = 1 − v/q is uniform and
/// ζ = log(1 + (e^β − 1) u) / β is the inverse of its distribution function. At fixed v,
/// ∂u/∂q = (1 − u)/q, so that for z = 1, with ∂q/∂l = q (1 − q) in the logit l,
///
///     ∂ζ/∂l = (e^β − 1) (1 − u) (1 − q) / (β (1 + (e^β − 1) u)).
///
/// The gradient of the energy's expectation is "GumBolt", eq. 16: the energy's derivative in z
/// times (1 − z)/(1 − q) · ∂q/∂l = (1 − z) q. The divergence from the prior is that of z alone: the
/// entropy of q is exact. It is unbiased for this smoothed objective, the discrete one as β grows.
struct dvae {
  schedule beta = 5.0;  ///< τ = 1/5 in "GumBolt", §5.1

  static constexpr estimator_traits traits{
      .name = "dvae",
      .bias = bias_class::biased,
      .source = "Rolfe 2016; Khoshaman and Amin 2018, eq. 15 and 16",
      .knob =
          "beta, the sharpness of the smoothing: as it grows, bias vanishes and variance grows"};

  static constexpr verdict accepts(const latent_traits& t) {
    if (t.family != "bernoulli")
      return {false, "it smooths binary units: draw them by bernoulli in the guide"};
    if (!t.boltzmann_prior) return {false, "it is made for the prior of a Boltzmann machine"};
    return {true, "binary units, smoothed"};
  }
  static constexpr probe_set probes(const latent_traits&) {
    return {.role = probe_role::adjoint, .form = representation::relaxed, .two_values = true};
  }
  /// u of each unit.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    // In e^−β, since e^β overflows in float from a β of 89 on.
    const T b = static_cast<T>(internals::positive_knob("dvae: .beta", beta, site.step())),
            d = std::exp(-b);
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T* const l = site.scratch();
      internals::relaxation::logits(site, row, l);
      T *const u = site.kept(row).data(), *const zeta = site.value(row).data(),
               *const z = site.prior_value(row).data();
      fill_uniform(site.random(row), u, site.variables());
      internals::for_each_vector<T>(site.variables(), [&]<class V>(std::size_t i) {
        const V one = internals::broadcast<V>(T(1)), zero = internals::broadcast<V>(T(0));
        const V v = internals::load_as<V>(u + i), q = math::sigmoid(internals::load_as<V>(l + i));
        const auto on = v < q;
        const V up = math::select(on, V(one - v / q), zero);
        internals::store(u + i, up);
        internals::store(z + i, V(math::select(on, one, zero)));
        const V at_zero = internals::broadcast<V>(d);
        const V smooth =
            one + math::log(V(at_zero + (one - at_zero) * up)) / internals::broadcast<V>(b);
        internals::store(zeta + i, V(math::select(on, math::max(smooth, zero), zero)));
      });
    }
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const T b = static_cast<T>(beta(site.step())), d = std::exp(-b);
    for (std::size_t row = 0; row < site.rows(); ++row) {
      T *const l = site.scratch(), *const dl = l + site.variables();
      internals::relaxation::logits(site, row, l);
      const T *const u = site.kept(row).data(), *const z = site.prior_value(row).data();
      const T *const dzeta = site.adjoint(row).data(), *const dz = site.prior_adjoint(row).data();
      internals::for_each_vector<T>(site.variables(), [&]<class V>(std::size_t i) {
        const V one = internals::broadcast<V>(T(1)),
                q = math::sigmoid(internals::load_as<V>(l + i));
        const V up = internals::load_as<V>(u + i), on = internals::load_as<V>(z + i),
                at_zero = internals::broadcast<V>(d);
        const V path = on * (one - at_zero) * (one - up) * (one - q) /
                       (internals::broadcast<V>(b) *
                        math::max(V(at_zero + (one - at_zero) * up),
                                  internals::broadcast<V>(std::numeric_limits<T>::min())));
        internals::store(dl + i, V(internals::load_as<V>(dzeta + i) * path +
                                   internals::load_as<V>(dz + i) * (one - on) * q));
      });
      internals::relaxation::add_logits(site, row, static_cast<const T*>(dl));
    }
  }
};

}  // namespace variad
