#pragma once

// The members of an estimator, one a piece, for cases that leave one out; and a draw that is told
// the rest.
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;

struct named {
  static constexpr estimator_traits traits{.name = "mine"};
};
struct accepting {
  static constexpr verdict accepts(const latent_traits&) { return {true, "any"}; }
};
struct of_own_value {
  static constexpr probe_set probes(const latent_traits&) { return {}; }
};
struct proposing {
  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    ancestral{}.propose(site);
  }
};
struct pulling_back {
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>&) const {}
};

template <class Estimator, class Objective = elbo<1>>
void fit_by() {
  constexpr auto x = observed<"x", 6>;
  constexpr auto z = latent<"z", 2>;
  constexpr auto p =
      model(plate<"row">(z = ~categorical<3>(uniform), x = ~bernoulli(logits = dense<6>(z))));
  constexpr auto q = guide(plate<"row">(z = ~categorical<3>(logits = dense<6>(x)).by(Estimator{})));
  auto vi = infer<Objective>(p, q);
  vi.fit(data(x = array<float>{}));
}

}  // namespace wrong
