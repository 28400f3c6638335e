#pragma once

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>

namespace variad {

/// The reparameterization gradient (Kingma and Welling 2014): the value is a differentiable
/// function of its parameters and of noise; `importance-sampling-discrete-vae`, eq. 7–11.
struct pathwise {
  static constexpr estimator_traits traits{
      .name = "pathwise",
      .bias = bias_class::unbiased,
      .source = "Kingma and Welling 2014; importance-sampling-discrete-vae, eq. 7–11",
      .keeps_noise = true};

  static constexpr verdict accepts(const latent_traits& t) {
    if (t.discrete) return {false, "a discrete draw has no path derivative"};
    if (!t.reparameterizable) return {false, "the family has no reparameterization"};
    if (!t.differentiable_downstream)
      return {false, "a function without a derivative stands between the draw and the objective"};
    return {true, "continuous and reparameterizable"};
  }
  static constexpr verdict preferred(const latent_traits& t) { return accepts(t); }
  static constexpr probe_set probes(const latent_traits&) { return {.role = probe_role::adjoint}; }
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.noise);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    site.fill_noise();
    if (site.move_together()) return;
    for (std::size_t row = 0; row < site.rows(); ++row)
      Family::transform(static_cast<const T*>(site.kept(row).data()), site.parameters(row),
                        site.value(row).data(), site.variables());
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    if (site.move_back_together()) return;
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const parameter_rows<T> p = site.parameters(row);
      site.add(row, [&](const adjoint_rows<T>& to) {
        Family::transform_pull_back(static_cast<const T*>(site.kept(row).data()), p,
                                    static_cast<const T*>(site.value(row).data()),
                                    site.adjoint(row).data(), to, site.variables());
      });
    }
  }
};

}  // namespace variad
