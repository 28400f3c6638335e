#pragma once

#include <variad/variad.hpp>

/// A model and a guide without a mistake, for calls that hold one.
namespace wrong {
using namespace variad;
inline constexpr auto x = observed<"x", 6>;
inline constexpr auto z = latent<"z", 2>;
inline constexpr auto p =
    model(plate<"row">(z = ~normal(0, 1), x = ~bernoulli(logits = dense<6>(z))));
inline constexpr auto q =
    guide(plate<"row">(z = ~normal(mean = dense<2>(x), scale = exp(dense<2>(x)))));
}  // namespace wrong
