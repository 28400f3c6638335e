#pragma once

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>

namespace variad {

/// A plain draw without a gradient: what evaluation and generation use for every latent.
struct ancestral {
  static constexpr estimator_traits traits{.name = "ancestral", .bias = bias_class::unbiased};
  static constexpr verdict accepts(const latent_traits&) { return {true, "evaluation"}; }
  static constexpr probe_set probes(const latent_traits&) { return {}; }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    if constexpr (requires { Family::sample_rows(site); }) {
      Family::sample_rows(site);
    } else {
      for (std::size_t row = 0; row < site.rows(); ++row)
        Family::sample(site.random(row), site.parameters(row), site.value(row).data(),
                       site.variables());
    }
  }
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>&) const {}
};

}  // namespace variad
