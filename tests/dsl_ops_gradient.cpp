#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/variad.hpp>

using namespace variad;

namespace {

array<double> uniform_array(const std::vector<std::size_t>& dims, unsigned seed, double low = -1,
                            double high = 1) {
  array<double> out(array<double>::shape_type(dims.begin(), dims.end()));
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> draw(low, high);
  for (double& x : out) x = draw(engine);
  return out;
}

/// Holds the gradient of every parameter against central differences of the bound. With one seed
/// and step the noise is the same, so a pathwise bound is a smooth function of the parameters.
template <class Inference, class Bindings>
void check_gradient(Inference& vi, const Bindings& bindings,
                    const std::vector<std::uint32_t>& rows) {
  const auto loaded = vi.load(bindings);
  const step_settings settings{3, 1, 0, 1.0};
  vi.initialise(5);
  vi.gradient(loaded, rows, settings);  // lays out parameters that the data give a length
  vi.initialise(5);
  const step_result found = vi.gradient(loaded, rows, settings);
  REQUIRE(std::isfinite(found.bound));
  REQUIRE(found.non_finite_node.empty());
  const std::vector<double> gradient(vi.gradient().begin(), vi.gradient().end());
  const std::vector<parameter_info> table = vi.parameter_table();
  REQUIRE_FALSE(table.empty());
  for (const parameter_info& p : table) {
    array<double> value = vi.parameter(p.name);
    for (std::size_t j = 0; j < p.size; ++j) {
      const auto bound_at = [&](double x) {
        value.data()[j] = x;
        vi.set_parameter(p.name, value);
        return vi.gradient(loaded, rows, settings).bound;
      };
      const double x = value.data()[j];
      const double up = bound_at(x + 1e-5), down = bound_at(x - 1e-5);
      value.data()[j] = x;
      vi.set_parameter(p.name, value);
      CAPTURE(p.name, j);
      REQUIRE(gradient[p.offset + j] == Approx((up - down) / 2e-5).epsilon(1e-6).margin(2e-8));
    }
  }
}

const std::vector<std::uint32_t> some_rows{0, 3, 1, 5, 6};

}  // namespace

namespace elementwise_graph {
constexpr auto y = observed<"y", 4, 5>;
constexpr auto x = given<"x", 5>;
constexpr auto a = quantity<"a">;
constexpr auto b = quantity<"b">;
constexpr auto c = quantity<"c">;
constexpr auto n = random_normal(0.7);
// a is global and used twice; b and c mix it with the rows, over [4, 5], [4, 1] and numbers.
constexpr auto p = model(
    a = tanh(param<4, 1>(n) * 2 - param<5>(n)) / (1 + square(param<>(n))),
    plate<"row">(b = sigmoid(a * x + param<5>(n)) - softplus(-a) * leaky_relu(x - param<>(n), 0.3),
                 c = select(x, exp(0.3 * b), relu(b + 3)) + log(sqrt(square(b) + 1)),
                 y = ~normal(b * c + a, exp(param<5>(n)))));
}  // namespace elementwise_graph

TEST_CASE("gradient of fused elementwise expressions with broadcasting", "[ops][gradient]") {
  using namespace elementwise_graph;
  auto vi = infer<elbo<1>, double>(p, guide());
  check_gradient(vi, data(x = uniform_array({7, 5}, 1), y = uniform_array({7, 4, 5}, 2)),
                 some_rows);
}

namespace lambda_graph {
constexpr auto y = observed<"y", 4>;
constexpr auto x = given<"x", 4>;
constexpr auto a = quantity<"a">;
constexpr auto b = quantity<"b">;
constexpr auto n = random_normal(0.7);
constexpr auto hill =
    elementwise([](auto u, auto v) { return pow(u, 2) / (1 + pow(abs(v), 1.5)); });
constexpr auto damped(double speed) {
  return elementwise([=](auto u) { return sin(u) * exp(-speed * u * u) + cos(0.5 * u); });
}
// Between built-in ops, with a captured number, and used twice.
constexpr auto p =
    model(a = 2 * hill(param<4>(n), param<>(n)) - 1,
          plate<"row">(b = tanh(damped(0.3)(a + x) * elementwise([](auto u) {
                                  return select(u > 0.2, log1p(u), min(u, 0.1) * erf(u));
                                })(x)),
                       y = ~normal(hill(b, x), elementwise([](auto u, auto v) {
                                     return lgamma(2.5 + max(u, -1)) - digamma(3 + expm1(v)) + 2;
                                   })(a, b))));
}  // namespace lambda_graph

TEST_CASE("gradient of functions of the user's own", "[ops][gradient]") {
  using namespace lambda_graph;
  auto vi = infer<elbo<1>, double>(p, guide());
  check_gradient(vi, data(x = uniform_array({7, 4}, 1, 0.3, 2), y = uniform_array({7, 4}, 2)),
                 some_rows);
}

namespace structured_graph {
constexpr auto y = observed<"y", 4>;
constexpr auto x = given<"x", 6>;
constexpr auto w = quantity<"w">;
constexpr auto s = quantity<"s">;
constexpr auto t = quantity<"t">;
constexpr auto u = quantity<"u">;
constexpr auto n = random_normal(0.5);
// Every reduction and rearrangement; matmul of all pairs of ranks, of own and of shared matrices.
constexpr auto p =
    model(w = matmul(param<3, 4>(n), softmax(param<4, 2>(n))),
          plate<"row">(
              s = reshape<2, 3>(x) * param<3>(n),
              t = concat(sum(s, axis<0>), mean(s, axis<-1>), logsumexp(s, axis<1>), slice<1, 4>(x)),
              u = matmul(matmul(s, w), matmul(log_softmax(slice<0, 3>(t)), w)),
              y = ~normal(concat(u, matmul(u, u), logsumexp(s)) + mean(t) * sum(w),
                          softplus(matmul(param<4, 10>(n), t)))));
}  // namespace structured_graph

TEST_CASE("gradient of reductions, products and rearrangements", "[ops][gradient]") {
  using namespace structured_graph;
  auto vi = infer<elbo<1>, double>(p, guide());
  check_gradient(vi, data(x = uniform_array({7, 6}, 3), y = uniform_array({7, 4}, 4)), some_rows);
}

namespace layered_graph {
constexpr auto y = observed<"y", 3>;
constexpr auto x = given<"x", 4>;
constexpr auto z = latent<"z", 2>;
constexpr auto h = quantity<"h">;
constexpr auto g = quantity<"g">;
constexpr auto n = random_normal(0.5);
constexpr auto scaled = [](auto v, auto k, auto out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = v[i] * v[i] * k[0];
};
constexpr auto scaled_slope = [](auto v, auto k, auto seed, auto dv, auto dk) {
  for (std::size_t i = 0; i < dv.size(); ++i) dv[i] += seed[i] * 2 * v[i] * k[0];
  for (std::size_t i = 0; i < v.size() && !dk.empty(); ++i) dk[0] += seed[i] * v[i] * v[i];
};
// x is read by the datum and z per replicate: a layer of both, a black box, a full covariance.
constexpr auto p = model(plate<"row">(
    z = ~normal(0, 1), h = tanh(dense<5>(x, z)), g = take(param<4, 3>(n), softmax(dense<4>(h))),
    y = ~normal(mean = function<3>(scaled, scaled_slope, g, param<>(0.8)) + linear<3>(h),
                scale_tril = lower_cholesky(param<3, 3>(n)))));
constexpr auto q = guide(plate<"row">(
    z = ~normal(mean = row_param<2>(n) + dense<2>(x), scale = exp(row_param<2>(constant(-0.5))))));
}  // namespace layered_graph

TEST_CASE("gradient of layers, tables, a black box and parameters per row", "[ops][gradient]") {
  using namespace layered_graph;
  auto vi = infer<elbo<2>, double>(p, q);
  static_assert(decltype(vi)::estimator<"z">() == "pathwise");
  check_gradient(vi, data(x = uniform_array({7, 4}, 5), y = uniform_array({7, 3}, 6)), some_rows);
}

namespace wide_graph {
constexpr auto y = observed<"y", 2>;
constexpr auto x = given<"x", 272>;
constexpr auto h = quantity<"h">;
// Weights that are cut by rows, by columns and by rows: 272 x 3, 3 x 260, 260 x 2.
constexpr auto p =
    model(plate<"row">(h = tanh(dense<260>(tanh(dense<3>(x)))), y = ~normal(linear<2>(h), 1)));
}  // namespace wide_graph

TEST_CASE("gradient of weights that comes in parts, from several shards", "[ops][gradient]") {
  using namespace wide_graph;
  const auto bindings = data(x = uniform_array({120, 272}, 7), y = uniform_array({120, 2}, 8));
  std::vector<std::uint32_t> rows(120);
  std::iota(rows.begin(), rows.end(), 0u);
  auto vi = infer<elbo<1>, double>(p, guide());
  check_gradient(vi, bindings, rows);

  auto shared = infer<elbo<1>, double>(p, guide());
  shared.use_threads(3);
  const auto loaded = vi.load(bindings);
  for (auto* one : {&vi, &shared}) {
    one->initialise(2);
    one->gradient(loaded, rows, {.step = 1});
  }
  CHECK(std::ranges::equal(vi.gradient(), shared.gradient()));
}

namespace {

/// The gradient of some rows must have the same bits after a step on others: every sum begins anew.
template <class Inference, class Data>
void check_begins_anew(Inference used, Inference fresh, const Data& bindings) {
  const auto loaded = used.load(bindings);
  const std::array<std::uint32_t, 3> before{6, 1, 3}, rows{0, 2, 5};
  used.gradient(loaded, before, {.step = 7});
  used.gradient(loaded, rows, {.step = 8});
  fresh.gradient(loaded, rows, {.step = 8});
  CHECK(std::ranges::equal(used.gradient(), fresh.gradient()));
}

}  // namespace

TEST_CASE("a gradient does not depend on the step before", "[ops][gradient]") {
  const auto x6 = uniform_array({7, 6}, 3), x4 = uniform_array({7, 4}, 4);
  {
    using namespace elementwise_graph;
    check_begins_anew(infer<elbo<1>, double>(p, guide()), infer<elbo<1>, double>(p, guide()),
                      data(x = uniform_array({7, 5}, 1), y = uniform_array({7, 4, 5}, 2)));
  }
  {
    using namespace structured_graph;
    check_begins_anew(infer<elbo<1>, double>(p, guide()), infer<elbo<1>, double>(p, guide()),
                      data(x = x6, y = x4));
  }
  {
    using namespace layered_graph;
    check_begins_anew(infer<elbo<2>, double>(p, q), infer<elbo<2>, double>(p, q),
                      data(x = x4, y = uniform_array({7, 3}, 6)));
  }
}
