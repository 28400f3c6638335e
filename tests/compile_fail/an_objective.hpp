#pragma once

// A model for objectives that do not keep their contract.
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;

template <class Objective>
void fit_for() {
  constexpr auto x = observed<"x", 6>;
  constexpr auto z = latent<"z", 2>;
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
  constexpr auto q = guide(plate<"row">(z = ~normal(dense<2>(x), 1)));
  auto vi = infer<Objective>(p, q);
  vi.fit(data(x = array<float>{}));
}

}  // namespace wrong
