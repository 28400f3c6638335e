#pragma once

#include <cmath>

#include <variad/dsl/estimators/antithetic_pair.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// DisARM (Dong, Mnih and Tucker 2020): arm with its uniform integrated out given the two draws,
/// ½ (f(b) − f(b̃)) (−1)^b̃ 1[b ≠ b̃] σ(|φ|). ars_plus with two categories.
struct disarm {
  static constexpr std::string_view name() { return "disarm"; }
  static constexpr bias_class bias = bias_class::unbiased;

  static constexpr verdict accepts(const latent_traits& t) { return antithetic_pair::accepts(t); }
  static constexpr probe_set probes(const latent_traits&) { return antithetic_pair::probes(); }
  /// logit u of each variable.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    antithetic_pair::propose(site);
  }
  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t row, std::size_t, T* out) const {
    antithetic_pair::twin(site, row, out);
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    antithetic_pair::pull_back(site, [](T phi, T x) {
      const bool b = x + phi > T(0), twin = phi - x > T(0);
      if (b == twin) return T(0);
      return (twin ? T(-0.5) : T(0.5)) * math::sigmoid(std::abs(phi));
    });
  }
};

}  // namespace variad
