#pragma once

#include <variad/dsl/contracts/objective.hpp>

namespace variad {

/// iwae<K, S> whose guide learns along the path of its draws alone: the doubly reparameterized
/// gradient (Tucker, Lawson, Gu and Maddison 2019),
/// `infer<doubly_reparameterized<iwae<20>>>(p, q)`. With w_i the weights of the samples
/// z_i = T(ε_i; φ) and w̃_i their share of the sum,
///
///     d/dφ log Σ_i w_i = Σ_i w̃_i (∂log w_i/∂z_i · dz_i/dφ − ∂/∂φ log q(z_i; φ)).
///
/// The expectation of w̃_i · ∂/∂φ log q(z_i; φ) is that of ∂w̃_i/∂z_i · dz_i/dφ, by the same
/// reparameterization once more, and ∂w̃_i/∂z_i = (w̃_i − w̃_i²) ∂log w_i/∂z_i. What is left is
///
///     Σ_i w̃_i² ∂log w_i/∂z_i · dz_i/dφ,
///
/// whose signal-to-noise ratio does not fall as K grows. With a weight β of the divergence log q is
/// β log q, and w̃_i² becomes w̃_i (1 − β + β w̃_i). The model's parameters learn from
/// Σ_i w̃_i ∂log p as ever. Weights φ are detached in log q and nothing else, as under
/// sticking_the_landing; every latent must be pathwise, and the guide is walked back twice.
///
/// Of another objective L, whose seeds are s_i = ∂L/∂log w_i, the same steps leave
/// s_i − β ∂s_i/∂log w_i = s_i (1 − β e_i) in the place of w̃_i², with its `elasticity`
/// e_i = ∂log s_i/∂log w_i: 1 − w̃_i here, (1 − α)(1 − s_i) of renyi.
template <class Objective>
struct doubly_reparameterized : Objective {
  static constexpr objective_traits traits = [] {
    objective_traits t = Objective::traits;
    t.closed_forms = false;
    t.path_gradient = true;
    t.around = "doubly_reparameterized";
    return t;
  }();

  static constexpr bool fits = Objective::traits.weighs_samples &&
                               Objective::traits.differentiates_draws && has_elasticity<Objective>;
  template <bool Fits = fits>
  struct refusal {
    static_assert(Fits,
                  "doubly_reparameterized is of iwae<K, S>: use sticking_the_landing<elbo<S>>");
  };

  /// What the path of a sample counts for, over its seed.
  template <class V>
  static V path_share(const V& seed, const V& divergence) {
    return V(V(1) - divergence * Objective::elasticity(seed));
  }
};

}  // namespace variad
