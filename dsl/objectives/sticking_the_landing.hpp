#pragma once

#include <variad/dsl/contracts/objective.hpp>

namespace variad {

/// elbo<S> whose guide learns along the path of its draws alone: "sticking the landing" (Roeder, Wu
/// and Duvenaud 2017), `infer<sticking_the_landing<elbo<8>>>(p, q)`. With z = T(ε; φ) and
/// log w = log p(x, z) − log q(z; φ) the derivative of one sample of the bound is
///
///     d/dφ log w = ∂log w/∂z · dz/dφ − ∂/∂φ log q(z; φ).
///
/// The last term is a score, whose expectation is 0: it is left out. Where q is the posterior, w is
/// the same for all z, and so every gradient of the guide is 0, and not its mean alone. Weights φ
/// are detached in log q and nothing else: that of a later draw depends on earlier draws through
/// its parameters, which is part of ∂log w/∂z. Every latent must be pathwise; KL and entropy are
/// sampled, and the guide is walked back twice.
template <class Objective>
struct sticking_the_landing : Objective {
  static constexpr objective_traits traits = [] {
    objective_traits t = Objective::traits;
    t.closed_forms = false;
    t.path_gradient = true;
    t.around = "sticking_the_landing";
    return t;
  }();

  /// Of samples that are weighed one has to ask what they weigh along the path.
  static constexpr bool fits = !Objective::traits.weighs_samples;
  template <bool Fits = fits>
  struct refusal {
    static_assert(Fits,
                  "sticking_the_landing is of elbo<S>: use doubly_reparameterized<iwae<K, S>>");
  };
};

}  // namespace variad
