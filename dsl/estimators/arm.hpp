#pragma once

#include <variad/dsl/estimators/antithetic_pair.hpp>
#include <variad/runtime/math/math.hpp>

namespace variad {

/// ARM, augment-REINFORCE-merge (Yin and Zhou 2019): the gradient in the logit φ of a binary
/// variable is (f(b) − f(b̃)) (u − 1/2), with f at two draws from one uniform u, of all variables
/// together. arsm with two categories.
struct arm {
  static constexpr std::string_view name() { return "arm"; }
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
    antithetic_pair::pull_back(site, [](T, T x) { return math::sigmoid(x) - T(0.5); });
  }
};

}  // namespace variad
