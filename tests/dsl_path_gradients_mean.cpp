#include "path_gradient_models.hpp"

// Gradients along the path have the mean of the plain objective's. Both are taken with the same
// noise: their difference has the mean zero, and far less variance than either.

namespace tests {
namespace {

using namespace along_path;

template <class Path, class Plain, class Loaded>
void require_same_mean(Path& path, Plain& plain, const Loaded& data, std::size_t steps,
                       double kl_weight = 1) {
  spread_parameters(path);
  spread_parameters(plain);
  const auto rows = first_rows(data.rows.rows());
  parameters sum, square;
  for (std::size_t s = 1; s <= steps; ++s) {
    const step_settings settings{.seed = 21, .step = s, .kl_weight = kl_weight};
    const double a = path.gradient(data, rows, settings).bound,
                 b = plain.gradient(data, rows, settings).bound;
    parameters difference = gradient_of(path);
    for (const auto& [name, values] : gradient_of(plain))
      for (std::size_t i = 0; i < values.size(); ++i) difference[name][i] -= values[i];
    difference["bound"] = {a - b};
    for (const auto& [name, values] : difference) {
      sum[name].resize(values.size());
      square[name].resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        sum[name][i] += values[i];
        square[name][i] += values[i] * values[i];
      }
    }
  }
  const double n = static_cast<double>(steps);
  double most = 0;
  for (const auto& [name, values] : sum)
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double mean = values[i] / n,
                   error = std::sqrt(std::max(0.0, square[name][i] / n - mean * mean) / (n - 1));
      INFO(name << "[" << i << "]: mean of the difference " << mean << " ± " << error);
      CHECK(std::abs(mean) <= 4.8 * error + 1e-12);
      if (name.starts_with("q.")) most = std::max(most, error);
    }
  CHECK(most > 1e-4);  // they do differ
}

template <class Path, class Plain, class P, class Q>
void compare(const P& p, const Q& q, std::size_t steps, std::size_t rows = 30,
             double kl_weight = 1) {
  auto path = infer<Path, double>(p, q);
  auto plain = infer<Plain, double>(p, q);
  require_same_mean(path, plain, path.load(data(x = spread_data(rows))), steps, kl_weight);
}
template <class Plain, class P, class Q>
void compare_elbo(const P& p, const Q& q, std::size_t steps) {
  compare<sticking_the_landing<Plain>, Plain>(p, q, steps);
}
template <class Plain, class P, class Q>
void compare_iwae(const P& p, const Q& q, std::size_t steps) {
  compare<doubly_reparameterized<Plain>, Plain>(p, q, steps);
}

TEST_CASE("one layer: the mean of the plain objective") {
  compare_elbo<elbo<1>>(one_layer, one_layer_guide, 2000);
  compare_elbo<elbo<3>>(one_layer, one_layer_guide, 2000);
  compare_iwae<iwae<3>>(one_layer, one_layer_guide, 2000);
  compare_iwae<iwae<3, 2>>(one_layer, one_layer_guide, 2000);
}
TEST_CASE("two layers: the mean of the plain objective") {
  compare_elbo<elbo<1>>(two_layers, two_layer_guide, 4000);
  compare_elbo<elbo<3>>(two_layers, two_layer_guide, 4000);
  compare_iwae<iwae<3>>(two_layers, two_layer_guide, 4000);
  compare_iwae<iwae<3, 2>>(two_layers, two_layer_guide, 4000);
}
TEST_CASE("deep layers, whose values outlast the first walk: the mean of the plain objective") {
  constexpr auto deep = guide(
      plate<"row">(h = tanh(dense<6>(tanh(dense<5>(tanh(dense<4>(x)))))),
                   z1 = ~normal(dense<1>(h), exp(dense<1>(h))),
                   z2 = ~normal(dense<1>(tanh(dense<4>(tanh(dense<5>(tanh(dense<3>(z1, h))))))),
                                exp(param<1>()))));
  compare_elbo<elbo<2>>(two_layers, deep, 1000);
  compare_iwae<iwae<3>>(two_layers, deep, 1000);
}
TEST_CASE("with a weight of the divergence: the mean of the plain objective") {
  compare<sticking_the_landing<elbo<1>>, elbo<1>>(two_layers, two_layer_guide, 4000, 30, 0.3);
  compare<doubly_reparameterized<iwae<3>>, iwae<3>>(two_layers, two_layer_guide, 4000, 30, 0.3);
}
TEST_CASE("global latents, alone and with others: the mean of the plain objective") {
  compare_elbo<elbo<2>>(hierarchy, hierarchy_guide, 4000);
  compare_elbo<elbo<2>>(hierarchy, mean_field(hierarchy), 4000);

  constexpr auto u = given<"u", 2>;
  constexpr auto w = latent<"w", 2>;
  constexpr auto y = observed<"y">;
  constexpr auto regression = model(w = ~normal(0, 2), plate<"row">(y = ~normal(sum(w * u), 0.5)));
  const array<double> us{{1.0, 0.3}, {-0.4, 0.8}, {0.2, -1.1}}, ys{0.5, -0.2, 1.3};
  const auto check = [&](auto path, auto plain) {
    require_same_mean(path, plain, path.load(data(u = us, y = ys)), 4000);
  };
  check(infer<sticking_the_landing<elbo<1>>, double>(regression, mean_field(regression)),
        infer<elbo<1>, double>(regression, mean_field(regression)));
  check(infer<sticking_the_landing<elbo<3>>, double>(regression, mean_field(regression)),
        infer<elbo<3>, double>(regression, mean_field(regression)));
}
TEST_CASE("importance weights without a plate, and of rows with a plate within") {
  constexpr auto u = observed<"u">;
  constexpr auto m = latent<"m">;
  constexpr auto alone = model(m = ~normal(0, 1), u = ~normal(m, exp(param<>())));
  auto path = infer<doubly_reparameterized<iwae<3>>, double>(alone, mean_field(alone));
  auto plain = infer<iwae<3>, double>(alone, mean_field(alone));
  require_same_mean(path, plain, path.load(data(u = array<double>{1.2})), 10000);

  constexpr auto v = latent<"v">;
  constexpr auto nested = model(
      plate<"group">(m = ~normal(0, 1), plate<"item", 2>(v = ~normal(m, 1), u = ~normal(v, 0.5))));
  constexpr auto nested_guide = guide(
      plate<"group">(m = ~normal(param<>(), exp(param<>())),
                     plate<"item", 2>(v = ~normal(param<>() * m + param<>() * u, exp(param<>())))));
  auto nested_path = infer<doubly_reparameterized<iwae<3, 2>>, double>(nested, nested_guide);
  auto nested_plain = infer<iwae<3, 2>, double>(nested, nested_guide);
  const array<double> us{{0.1, 0.4}, {1.0, 1.2}, {-0.3, 0.2}};
  require_same_mean(nested_path, nested_plain, nested_path.load(data(u = us)), 4000);
}

}  // namespace
}  // namespace tests
