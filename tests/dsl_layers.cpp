#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "estimator_check.hpp"
#include <catch2/catch.hpp>

#include <variad/variad.hpp>

// Layers of the last axis, dropout, and layers that stand in several statements.

namespace tests {
namespace {

using namespace variad;

constexpr auto x = observed<"x", 2>;
constexpr auto y = observed<"y">;
constexpr auto u = given<"u", 2, 3>;
constexpr auto v = given<"v", 2>;
constexpr auto z = latent<"z", 2>;
constexpr auto k = latent<"k">;
constexpr auto h = quantity<"h">;
constexpr auto g = quantity<"g">;

std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}
array<double> numbers(std::vector<std::size_t> shape, double at = 0.2) {
  auto a = array<double>::from_shape(shape);
  for (auto& i : a) i = std::sin(7 * (at += 0.61));
  return a;
}
/// Compares a program's gradient with finite differences of what is worked out by hand.
template <class Inference>
void require_gradient(Inference& vi, const std::function<double(const parameters&)>& by_hand) {
  const parameters expected = finite_differences(by_hand, parameters_of(vi));
  for (const auto& [name, values] : expected) {
    const auto found = gradient_of(vi, name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      INFO(name << "[" << i << "]");
      CHECK(found[i] == Approx(values[i]).epsilon(1e-6).margin(1e-7));
    }
  }
}

TEST_CASE("a layer of the last axis maps each row of an event by the same weights") {
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(y = ~normal(sum(square(dense<4>(u, axis<-1>))), 1))), guide());
  spread_parameters(vi);
  const auto us = numbers({5, 2, 3}), ys = numbers({5});
  const auto by_hand = [&](const parameters& p) {
    const auto &w = p.at("p.y.dense0.weight"), &b = p.at("p.y.dense0.bias");
    double total = 0;
    for (std::size_t r = 0; r < 5; ++r) {
      double mean = 0;
      for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t o = 0; o < 4; ++o) {
          double s = b[o];
          for (std::size_t j = 0; j < 3; ++j) s += us(r, i, j) * w[j * 4 + o];
          mean += s * s;
        }
      total += log_normal_density(ys(r), mean, 1) / 5;
    }
    return total;
  };
  CHECK(vi.parameter("p.y.dense0.weight").shape(0) == 3);
  CHECK(vi.gradient(vi.load(data(u = us, y = ys)), first_rows(5)).bound ==
        Approx(by_hand(parameters_of(vi))).epsilon(1e-12));
  require_gradient(vi, by_hand);
}

TEST_CASE("dropout keeps means in training, and is nothing elsewhere") {
  // Σ_i d_i w_i with d_i in {0, 1/(1−r)} has mean Σ w and variance r/(1−r) Σ w², in each row anew.
  const double r = 0.3;
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(y = ~normal(sum(dropout(row_param<5>(), 0.3)), 1))), guide());
  const auto ys = numbers({40});
  const auto d = data(y = ys);
  const auto loaded = vi.load(d);
  vi.gradient(loaded, first_rows(40));
  spread_parameters(vi);
  const auto objective = [&](const parameters& p, double share) {
    const auto& w = p.at("p.y.param0.value");
    double total = 0;
    for (std::size_t i = 0; i < 40; ++i) {
      double mean = 0, square = 0;
      for (std::size_t j = 0; j < 5; ++j) {
        mean += w[i * 5 + j];
        square += w[i * 5 + j] * w[i * 5 + j];
      }
      total += (log_normal_density(ys(i), mean, 1) - 0.5 * share / (1 - share) * square) / 40;
    }
    return total;
  };
  const parameters at = parameters_of(vi);
  require_unbiased(mean_gradient(vi, loaded, 4000),
                   finite_differences([&](const parameters& p) { return objective(p, r); }, at),
                   objective(at, r));
  CHECK(vi.bound(d).value == Approx(objective(at, 0)).epsilon(1e-12));

  // The numbers are those of step and row: the same for any threads and batch, others for others.
  const auto bound_of = [&](std::vector<std::uint32_t> rows, std::uint64_t step) {
    return vi.gradient(loaded, rows, {.step = step}).bound;
  };
  const double one = bound_of({3}, 9), other = bound_of({17}, 9);
  CHECK(2 * bound_of({3, 17}, 9) == Approx(one + other).epsilon(1e-12));
  CHECK(bound_of({3}, 10) != one);
  vi.use_threads(2);
  CHECK(bound_of({3}, 9) == one);
}

TEST_CASE("alternatives of a draw share what dropout leaves out") {
  // Of one variable both are the exact gradient given the numbers of the step: one evaluates both
  // values in rows of their own, the other the drawn one and alternatives.
  const auto p = model(plate<"row">(k = ~bernoulli(logits = 0.2),
                                    x = ~normal(dense<2>(dropout(tanh(dense<6>(k)), 0.5)), 1)));
  const auto q = [](const auto& how) {
    return guide(plate<"row">(k = ~bernoulli(logits = sum(dense<2>(x))).by(how)));
  };
  auto one = infer<elbo<1>, double>(p, q(enumerate{}));
  auto other = infer<elbo<1>, double>(p, q(local_expectation{}));
  spread_parameters(one);
  spread_parameters(other);
  const auto xs = numbers({3, 2});
  for (const std::uint64_t step : {1u, 2u, 3u}) {
    one.gradient(one.load(data(x = xs)), first_rows(3), {.step = step});
    other.gradient(other.load(data(x = xs)), first_rows(3), {.step = step});
    const auto found = gradient_of(one, "q.k.dense0.weight"),
               expected = gradient_of(other, "q.k.dense0.weight");
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(found[i] == Approx(expected[i]).epsilon(1e-11));
  }
}

TEST_CASE("a rate of dropout that makes no sense is refused") {
  for (const double bad : {1.0, -0.1, 2.0}) {
    const auto p = model(plate<"row">(y = ~normal(sum(dropout(param<5>(), bad)), 1)));
    CHECK_THROWS_WITH((infer<elbo<1>, double>(p, guide())),
                      Catch::Contains("p.y.dropout0") && Catch::Contains("below 1"));
  }
}

// --- one layer in several statements -------------------------------------------------------------

TEST_CASE("a shared layer learns the sum of what its uses do") {
  auto vi = infer<elbo<1>, double>(
      model(plate<"row">(h = shared<"layer">(dense<2>(v)), g = tanh(shared<"layer">(dense<2>(h))),
                         x = ~normal(g * shared<"factor">(param<2>()), 1),
                         y = ~normal(sum(shared<"factor">(param<2>())), 1))),
      guide());
  const std::size_t n = 260;  // several shards
  const auto vs = numbers({n, 2}), xs = numbers({n, 2}, 1), ys = numbers({n}, 2);
  spread_parameters(vi);
  const auto layer = [](const parameters& p, const std::array<double, 2>& in) {
    const auto &w = p.at("shared.layer.weight"), &b = p.at("shared.layer.bias");
    return std::array{in[0] * w[0] + in[1] * w[2] + b[0], in[0] * w[1] + in[1] * w[3] + b[1]};
  };
  const auto by_hand = [&](const parameters& p) {
    const auto& f = p.at("shared.factor.value");
    double total = 0;
    for (std::size_t r = 0; r < n; ++r) {
      const auto twice = layer(p, layer(p, {vs(r, 0), vs(r, 1)}));
      for (std::size_t i = 0; i < 2; ++i)
        total += log_normal_density(xs(r, i), std::tanh(twice[i]) * f[i], 1);
      total += log_normal_density(ys(r), f[0] + f[1], 1);
    }
    return total / static_cast<double>(n);
  };
  CHECK(vi.parameter_table().size() == 3);
  const auto loaded = vi.load(data(v = vs, x = xs, y = ys));
  CHECK(vi.gradient(loaded, first_rows(n)).bound ==
        Approx(by_hand(parameters_of(vi))).epsilon(1e-12));
  require_gradient(vi, by_hand);
  const std::vector<double> before(vi.gradient().begin(), vi.gradient().end());
  vi.use_threads(2);
  vi.gradient(loaded, first_rows(n));
  CHECK(std::equal(before.begin(), before.end(), vi.gradient().begin()));
}

/// The layer in model and guide, or one in each.
template <bool Shared, class Objective>
auto encoder_and_decoder() {
  const auto layer = [](const auto& e) {
    if constexpr (Shared)
      return shared<"layer">(dense<2>(e));
    else
      return dense<2>(e);
  };
  return infer<Objective, double>(
      model(plate<"row">(z = ~normal(0, 1), h = layer(z), x = ~normal(h, 1))),
      guide(plate<"row">(g = layer(x), z = ~normal(tanh(g), exp(param<2>())))));
}
template <class Objective>
void check_roles() {
  auto one = encoder_and_decoder<true, Objective>();
  auto two = encoder_and_decoder<false, Objective>();
  spread_parameters(one);
  for (const char* part : {"weight", "bias"})
    for (const char* statement : {"p.h.dense0.", "q.g.dense0."})
      two.set_parameter(std::string(statement) + part,
                        one.parameter(std::string("shared.layer.") + part));
  two.set_parameter("q.z.param0.value", one.parameter("q.z.param0.value"));
  const auto xs = numbers({4, 2});
  const double found = one.gradient(one.load(data(x = xs)), first_rows(4), {.seed = 3}).bound;
  CHECK(found == Approx(two.gradient(two.load(data(x = xs)), first_rows(4), {.seed = 3}).bound));
  for (const char* part : {"weight", "bias"}) {
    const auto together = gradient_of(one, std::string("shared.layer.") + part),
               model_part = gradient_of(two, std::string("p.h.dense0.") + part),
               guide_part = gradient_of(two, std::string("q.g.dense0.") + part);
    for (std::size_t i = 0; i < together.size(); ++i)
      CHECK(together[i] == Approx(model_part[i] + guide_part[i]).epsilon(1e-11));
  }
}
TEST_CASE("a layer of model and guide learns from each by its role") {
  check_roles<elbo<1>>();
  check_roles<iwae<3>>();
  check_roles<sticking_the_landing<elbo<1>>>();
  check_roles<doubly_reparameterized<iwae<3>>>();
}

TEST_CASE("batch_norm of the last axis has the other elements as rows") {
  auto vi =
      infer<elbo<1>, double>(model(plate<"row">(h = batch_norm(dense<2>(u, axis<-1>), axis<-1>),
                                                y = ~normal(sum(h * param<2, 2>()), 1))),
                             guide());
  spread_parameters(vi);
  const std::size_t n = 70;  // in two shards
  const auto us = numbers({n, 2, 3}), ys = numbers({n});
  const auto by_hand = [&](const parameters& p) {
    const auto &w = p.at("p.h.dense0.weight"), &b = p.at("p.h.dense0.bias"),
               &scale = p.at("p.h.batch_norm0.scale"), &shift = p.at("p.h.batch_norm0.shift"),
               &times = p.at("p.y.param0.value");
    std::vector<double> a(n * 4), mean(2), variance(2);
    for (std::size_t r = 0; r < 2 * n; ++r)
      for (std::size_t o = 0; o < 2; ++o) {
        a[2 * r + o] = b[o];
        for (std::size_t j = 0; j < 3; ++j) a[2 * r + o] += us(r / 2, r % 2, j) * w[2 * j + o];
        mean[o] += a[2 * r + o] / static_cast<double>(2 * n);
      }
    for (std::size_t i = 0; i < a.size(); ++i)
      variance[i % 2] += std::pow(a[i] - mean[i % 2], 2) / static_cast<double>(2 * n);
    double total = 0;
    for (std::size_t r = 0; r < n; ++r) {
      double of_row = 0;
      for (std::size_t i = 0; i < 4; ++i)
        of_row += times[i] * (shift[i % 2] + scale[i % 2] * (a[4 * r + i] - mean[i % 2]) /
                                                 std::sqrt(variance[i % 2] + 1e-5));
      total += log_normal_density(ys(r), of_row, 1) / static_cast<double>(n);
    }
    return total;
  };
  CHECK(vi.gradient(vi.load(data(u = us, y = ys)), first_rows(n)).bound ==
        Approx(by_hand(parameters_of(vi))).epsilon(1e-11));
  require_gradient(vi, by_hand);
}

TEST_CASE("batch_norm takes a constant channel of many pixels to zero") {
  constexpr auto pixels = given<"pixels", 32, 32, 2>;
  auto vi = infer<elbo<1>>(
      model(plate<"row">(y = ~normal(sum(square(batch_norm(pixels, axis<-1>))), 1))), guide());
  const std::size_t n = 64;
  const array<float> constant =
      xt::ones<float>({n, std::size_t{32}, std::size_t{32}, std::size_t{2}}) * 5.7F;
  const array<float> zeros = xt::zeros<float>({n});
  // The mean of y is 0, up to 2048 squares of half a unit in the last place by √ε.
  CHECK(vi.gradient(vi.load(data(pixels = constant, y = zeros)), first_rows(n)).bound ==
        Approx(log_normal_density(0, 0, 1)).epsilon(1e-3));
}

constexpr auto image = observed<"image", 6, 5, 2>;

/// A class decoded and encoded by convolutions.
template <class Estimator>
auto convolutional(const Estimator& estimator) {
  constexpr auto pixels = reshape<2, 2, 3>(tanh(dense<12>(k)));
  constexpr auto decoded = conv_transpose2d<2>(layer_norm(upsample<2>(pixels)), kernel_size<3, 2>,
                                               no_bias, glorot_uniform(2));
  constexpr auto encoded =
      max_pool(group_norm<2>(conv2d<4>(image, kernel_size<3>, padding<1>)), kernel_size<3, 2>);
  return infer<elbo<1>, double>(
      model(plate<"row">(k = ~categorical<3>(uniform), image = ~normal(decoded, 1))),
      guide(plate<"row">(k = ~categorical<3>(logits = dense<3>(encoded)).by(estimator))));
}
TEST_CASE("alternatives go through convolutions: exact gradients agree, for any threads") {
  const std::size_t n = 100;
  const auto images = numbers({n, 6, 5, 2});
  auto summed = convolutional(enumerate{});
  auto by_alternatives = convolutional(local_expectation{});
  spread_parameters(summed);
  for (const auto& p : summed.parameter_table())
    by_alternatives.set_parameter(p.name, summed.parameter(p.name));
  const auto loaded = summed.load(data(image = images));
  summed.gradient(loaded, first_rows(n));
  by_alternatives.gradient(by_alternatives.load(data(image = images)), first_rows(n));
  for (const char* name :
       {"q.k.conv2d0.weight", "q.k.conv2d0.bias", "q.k.group_norm0.scale", "q.k.dense0.weight"}) {
    const auto one = gradient_of(summed, name), other = gradient_of(by_alternatives, name);
    for (std::size_t i = 0; i < one.size(); ++i)
      CHECK(other[i] == Approx(one[i]).epsilon(1e-9).margin(1e-12));
  }

  const std::vector<double> before(summed.gradient().begin(), summed.gradient().end());
  for (const unsigned threads : {2u, 3u}) {
    summed.use_threads(threads);
    summed.gradient(loaded, first_rows(n));
    CHECK(std::equal(before.begin(), before.end(), summed.gradient().begin()));
  }

  const auto bound = [&](const parameters& at) {
    for (const auto& [name, values] : at) {
      auto value = summed.parameter(name);
      std::copy(values.begin(), values.end(), value.begin());
      summed.set_parameter(name, value);
    }
    return summed.gradient(loaded, first_rows(8)).bound;
  };
  const parameters here = parameters_of(summed);
  const parameters expected = finite_differences(bound, here);
  bound(here);
  for (const auto& [name, values] : expected) {
    const auto found = gradient_of(summed, name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      INFO(name << "[" << i << "]");
      CHECK(found[i] == Approx(values[i]).epsilon(1e-6).margin(1e-7));
    }
  }
}

}  // namespace
}  // namespace tests
