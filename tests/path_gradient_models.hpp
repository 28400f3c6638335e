#pragma once

#include "estimator_check.hpp"

/// Models for the objectives whose guide learns along the path of its draws.
namespace tests::along_path {

using namespace variad;

constexpr auto x = observed<"x", 1>;
constexpr auto z = latent<"z", 1>;
constexpr auto z1 = latent<"z1", 1>;
constexpr auto z2 = latent<"z2", 1>;
constexpr auto h = quantity<"h">;

constexpr auto one_layer =
    model(plate<"row">(z = ~normal(0, 1), x = ~normal(dense<1>(z), exp(param<1>()))));
constexpr auto one_layer_guide = guide(plate<"row">(z = ~normal(dense<1>(x), exp(dense<1>(x)))));

// The second draw depends on the first by its mean and by its scale; both read h.
constexpr auto two_layers = model(plate<"row">(z1 = ~normal(0, 1), z2 = ~normal(param<1>() * z1, 1),
                                               x = ~normal(z2 + param<1>() * z1, 1)));
constexpr auto two_layer_guide =
    guide(plate<"row">(h = tanh(dense<1>(x)), z1 = ~normal(dense<1>(h), exp(param<1>())),
                       z2 = ~normal(dense<1>(z1, h), exp(param<1>() * tanh(z1)))));

// A draw of each datum whose parameters depend on one of all data, through a layer that is
// evaluated once a step.
constexpr auto mu = latent<"mu", 1>;
constexpr auto theta = latent<"theta", 1>;
constexpr auto hierarchy = model(
    mu = ~normal(0, 2), plate<"row">(theta = ~normal(mu, 1), x = ~normal(theta, exp(param<1>()))));
constexpr auto hierarchy_guide =
    guide(mu = ~normal(param<1>(), exp(param<1>())),
          plate<"row">(theta = ~normal(dense<1>(mu) + param<1>() * x,
                                       exp(param<1>() * tanh(mu) + param<1>()))));

/// n different data, [n, 1].
inline variad::array<double> spread_data(std::size_t n) {
  auto a = variad::array<double>::from_shape({n, 1});
  for (std::size_t i = 0; i < n; ++i)
    a(i, 0) = 0.4 + 1.5 * std::sin(2.0 * static_cast<double>(i + 1));
  return a;
}

inline std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint32_t>(i);
  return rows;
}

template <class Inference>
parameters gradient_of(Inference& vi) {
  parameters out;
  for (const auto& p : vi.parameter_table()) {
    const auto from = vi.gradient().begin() + static_cast<std::ptrdiff_t>(p.offset);
    out[p.name].assign(from, from + static_cast<std::ptrdiff_t>(p.size));
  }
  return out;
}

}  // namespace tests::along_path
