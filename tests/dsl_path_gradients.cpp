#include <cstring>

#include "count_allocations.hpp"
#include "path_gradient_models.hpp"

#include <variad/dsl/inference/gradient_sample.hpp>

// sticking_the_landing and doubly_reparameterized: at given noise against derivatives taken by
// hand, at the posterior, and as training steps.

namespace tests {
namespace {

using namespace along_path;
using namespace variad::internals;

constexpr std::uint64_t seed = 11;

/// The noise of a draw of one variable.
double noise(std::string_view name, std::uint64_t step, std::size_t sample, std::size_t row) {
  double e = 0;
  fill_normal(row_stream(make_stream(seed, step, hash_name(name)),
                         static_cast<std::uint32_t>(sample), static_cast<std::uint32_t>(row)),
              &e, 1);
  return e;
}

/// Takes the values of one parameter by its name.
struct by_name {
  const parameters& p;
  double operator()(const char* name) const { return p.at(name)[0]; }
};

void require_equal(const parameters& found, const parameters& expected, const char* prefix) {
  std::size_t compared = 0;
  for (const auto& [name, values] : expected)
    for (std::size_t i = 0; i < values.size() && name.starts_with(prefix); ++i, ++compared) {
      INFO(name << "[" << i << "]");
      CHECK(found.at(name)[i] == Approx(values[i]).epsilon(1e-6).margin(1e-8));
    }
  CHECK(compared > 0);
}

/// log w of the two layers; draws are made with the weights `q`, log q with frozen ones.
double two_layer_weight(const parameters& moved, const parameters& frozen, double datum, double e1,
                        double e2, double kl_weight) {
  const auto mean1 = [&](const parameters& p) {
    const by_name v{p};
    const double hidden = std::tanh(v("q.h.dense0.weight") * datum + v("q.h.dense0.bias"));
    return v("q.z1.dense0.weight") * hidden + v("q.z1.dense0.bias");
  };
  const auto scale1 = [&](const parameters& p) {
    return std::exp(by_name{p}("q.z1.param0.value"));
  };
  const auto mean2 = [&](const parameters& p, double u) {
    const by_name v{p};
    const double hidden = std::tanh(v("q.h.dense0.weight") * datum + v("q.h.dense0.bias"));
    return v("q.z2.dense0.weight") * u + v("q.z2.dense0.bias") + v("q.z2.dense1.weight") * hidden;
  };
  const auto scale2 = [&](const parameters& p, double u) {
    return std::exp(by_name{p}("q.z2.param0.value") * std::tanh(u));
  };
  const double u1 = mean1(moved) + scale1(moved) * e1,
               u2 = mean2(moved, u1) + scale2(moved, u1) * e2;
  const double log_q = log_normal_density(u1, mean1(frozen), scale1(frozen)) +
                       log_normal_density(u2, mean2(frozen, u1), scale2(frozen, u1));
  const by_name p{moved};
  const double prior =
      log_normal_density(u1, 0, 1) + log_normal_density(u2, p("p.z2.param0.value") * u1, 1);
  return log_normal_density(datum, u2 + p("p.x.param0.value") * u1, 1) +
         kl_weight * (prior - log_q);
}

/// A gradient of the two layers at given noise, against finite differences of the objective whose
/// weights in log q, and whose weights of samples, are frozen.
template <class Objective>
void check_two_layers(double kl_weight) {
  constexpr auto traits = Objective::traits;
  constexpr auto replicates = static_cast<std::size_t>(traits.replicates),
                 importance = static_cast<std::size_t>(traits.importance);
  constexpr std::size_t rows = 120;  // several shards
  constexpr std::uint64_t step = 3;
  const auto values = spread_data(rows);
  auto vi = infer<Objective, double>(two_layers, two_layer_guide);
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  vi.gradient(vi.load(data(x = values)), first_rows(rows),
              {.seed = seed, .step = step, .kl_weight = kl_weight});
  const parameters found = gradient_of(vi);

  const auto log_w = [&](const parameters& moved, std::size_t row, std::size_t sample) {
    return two_layer_weight(moved, at, values(row, 0), noise("z1", step, sample, row),
                            noise("z2", step, sample, row), kl_weight);
  };
  const auto expect = [&](const char* prefix, auto&& share) {
    const auto objective = [&](const parameters& moved) {
      double total = 0;
      for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t r = 0; r < replicates; ++r) {
          std::vector<double> weight(importance);
          for (std::size_t k = 0; k < importance; ++k)
            weight[k] = log_w(at, row, r * importance + k);
          weight = softmax(weight);
          for (std::size_t k = 0; k < importance; ++k)
            total += share(weight[k]) * log_w(moved, row, r * importance + k);
        }
      return total / static_cast<double>(rows * replicates);
    };
    require_equal(found, finite_differences(objective, at), prefix);
  };
  expect("q.", [&](double w) { return w * (1 - kl_weight + kl_weight * w); });
  expect("p.", [](double w) { return w; });
}

TEST_CASE("two layers at given noise: the derivative along the path") {
  check_two_layers<sticking_the_landing<elbo<1>>>(1);
  check_two_layers<sticking_the_landing<elbo<3>>>(0.4);
  check_two_layers<doubly_reparameterized<iwae<3>>>(1);
  check_two_layers<doubly_reparameterized<iwae<3, 2>>>(1);
  check_two_layers<doubly_reparameterized<iwae<3, 2>>>(0.4);
}

TEST_CASE("a draw of all data and one of each at given noise: the derivative along the path") {
  constexpr std::size_t replicates = 2, all = 150, rows = 120;
  constexpr std::uint64_t step = 5;
  const auto values = spread_data(all);
  auto vi = infer<sticking_the_landing<elbo<replicates>>, double>(hierarchy, hierarchy_guide);
  spread_parameters(vi);
  const parameters at = parameters_of(vi);
  vi.gradient(vi.load(data(x = values)), first_rows(rows), {.seed = seed, .step = step});

  const auto objective = [&](const parameters& moved) {
    const by_name m{moved}, f{at};
    double total = 0;
    for (std::size_t r = 0; r < replicates; ++r) {
      const auto scale_mu = [](const by_name& v) { return std::exp(v("q.mu.param1.value")); };
      const double u = m("q.mu.param0.value") + scale_mu(m) * noise("mu", step, r, 0);
      total +=
          log_normal_density(u, 0, 2) - log_normal_density(u, f("q.mu.param0.value"), scale_mu(f));
      for (std::size_t row = 0; row < rows; ++row) {
        const auto mean = [&](const by_name& v) {
          return v("q.theta.dense0.weight") * u + v("q.theta.dense0.bias") +
                 v("q.theta.param0.value") * values(row, 0);
        };
        const auto scale = [&](const by_name& v) {
          return std::exp(v("q.theta.param1.value") * std::tanh(u) + v("q.theta.param2.value"));
        };
        const double t = mean(m) + scale(m) * noise("theta", step, r, row);
        total += static_cast<double>(all) / static_cast<double>(rows) *
                 (log_normal_density(t, u, 1) +
                  log_normal_density(values(row, 0), t, std::exp(m("p.x.param0.value"))) -
                  log_normal_density(t, mean(f), scale(f)));
      }
    }
    return total / static_cast<double>(replicates * all);
  };
  const parameters expected = finite_differences(objective, at);
  require_equal(gradient_of(vi), expected, "q.");
  require_equal(gradient_of(vi), expected, "p.");
}

/// The largest derivative by a parameter of the guide, over some steps.
template <class Inference, class Loaded>
double largest_of_guide(Inference& vi, const Loaded& loaded) {
  double most = 0;
  for (std::uint64_t step = 1; step <= 20; ++step) {
    vi.gradient(loaded, first_rows(loaded.rows.rows()), {.seed = seed, .step = step});
    for (const auto& [name, values] : gradient_of(vi))
      for (const double g : values)
        if (name.starts_with("q.")) most = std::max(most, std::abs(g));
  }
  return most;
}
template <class Inference>
void set(Inference& vi, const char* name, double value) {
  auto to = vi.parameter(name);
  to.fill(value);
  vi.set_parameter(name, to);
}

TEST_CASE("at the posterior every gradient of the guide is zero") {
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1)));
  constexpr auto q = guide(plate<"row">(z = ~normal(param<1>() * x, exp(param<1>()))));
  const auto largest = [&](auto vi) {
    set(vi, "q.z.param0.value", 0.5);
    set(vi, "q.z.param1.value", 0.5 * std::log(0.5));
    return largest_of_guide(vi, vi.load(data(x = spread_data(60))));
  };
  CHECK(largest(infer<sticking_the_landing<elbo<1>>, double>(p, q)) < 1e-12);
  CHECK(largest(infer<sticking_the_landing<elbo<3>>, double>(p, q)) < 1e-12);
  CHECK(largest(infer<doubly_reparameterized<iwae<3>>, double>(p, q)) < 1e-12);
  CHECK(largest(infer<doubly_reparameterized<iwae<3, 2>>, double>(p, q)) < 1e-12);
  // The plain ones are zero in their means alone.
  CHECK(largest(infer<elbo<1>, double>(p, q)) > 1e-2);
  CHECK(largest(infer<iwae<3>, double>(p, q)) > 1e-2);
}

TEST_CASE("at a posterior of two layers every gradient of the guide is zero") {
  // The prior of z2, its likelihood and log q(z2 | z1) all change with z1, and cancel in the sum:
  // without the path of z1 through the parameters of log q(z2 | z1) this is not zero.
  constexpr auto p =
      model(plate<"row">(z1 = ~normal(0, 1), z2 = ~normal(z1, 1), x = ~normal(z2, 1)));
  constexpr auto q =
      guide(plate<"row">(z1 = ~normal(param<1>() * x, exp(param<1>())),
                         z2 = ~normal(dense<1>(z1) + param<1>() * x, exp(param<1>()))));
  const auto largest = [&](auto vi) {
    set(vi, "q.z1.param0.value", 1.0 / 3);
    set(vi, "q.z1.param1.value", 0.5 * std::log(2.0 / 3));
    set(vi, "q.z2.dense0.weight", 0.5);
    set(vi, "q.z2.dense0.bias", 0);
    set(vi, "q.z2.param0.value", 0.5);
    set(vi, "q.z2.param1.value", 0.5 * std::log(0.5));
    return largest_of_guide(vi, vi.load(data(x = spread_data(60))));
  };
  CHECK(largest(infer<sticking_the_landing<elbo<2>>, double>(p, q)) < 1e-12);
  CHECK(largest(infer<doubly_reparameterized<iwae<3>>, double>(p, q)) < 1e-12);
  CHECK(largest(infer<elbo<2>, double>(p, q)) > 1e-2);
}

TEST_CASE("at a posterior of a draw of all data and one of each every gradient is zero") {
  constexpr std::size_t rows = 120;
  constexpr auto p =
      model(mu = ~normal(0, 1), plate<"row">(theta = ~normal(mu, 1), x = ~normal(theta, 1)));
  constexpr auto q =
      guide(mu = ~normal(param<1>(), exp(param<1>())),
            plate<"row">(theta = ~normal(dense<1>(mu) + param<1>() * x, exp(param<1>()))));
  const auto values = spread_data(rows);
  double total = 0;
  for (const double v : values) total += v;
  const double precision = 1 + 0.5 * static_cast<double>(rows);
  auto vi = infer<sticking_the_landing<elbo<2>>, double>(p, q);
  set(vi, "q.mu.param0.value", 0.5 * total / precision);
  set(vi, "q.mu.param1.value", -0.5 * std::log(precision));
  set(vi, "q.theta.dense0.weight", 0.5);
  set(vi, "q.theta.dense0.bias", 0);
  set(vi, "q.theta.param0.value", 0.5);
  set(vi, "q.theta.param1.value", 0.5 * std::log(0.5));
  CHECK(largest_of_guide(vi, vi.load(data(x = values))) < 1e-10);
}

TEST_CASE("at the posterior of a regression, drawn together, every gradient is zero") {
  constexpr auto u = given<"u", 2>;
  constexpr auto a = latent<"a">;
  constexpr auto b = latent<"b">;
  constexpr auto p = model(a = ~normal(0, 1), b = ~normal(0, 1),
                           plate<"row">(x = ~normal(a * slice<0, 1>(u) + b * slice<1, 2>(u), 1)));
  const array<double> us{{1.0, 0.3}, {-0.4, 0.8}, {0.2, -1.1}};
  const auto xs = spread_data(3);
  double n[2][2] = {{1, 0}, {0, 1}}, v[2] = {0, 0};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 2; ++j) {
      v[j] += us(i, j) * xs(i, 0);
      for (std::size_t k = 0; k < 2; ++k) n[j][k] += us(i, j) * us(i, k);
    }
  const double det = n[0][0] * n[1][1] - n[0][1] * n[1][0];
  const double c00 = n[1][1] / det, c10 = -n[0][1] / det, c11 = n[0][0] / det;
  const double l00 = std::sqrt(c00), l10 = c10 / l00, l11 = std::sqrt(c11 - l10 * l10);
  auto vi = infer<sticking_the_landing<elbo<2>>, double>(p, full_rank(p));
  vi.set_parameter("q.a,b.param0.value",
                   array<double>{c00 * v[0] + c10 * v[1], c10 * v[0] + c11 * v[1]});
  vi.set_parameter("q.a,b.param1.value", array<double>{{std::log(l00), 0.0}, {l10, std::log(l11)}});
  CHECK(largest_of_guide(vi, vi.load(data(u = us, x = xs))) < 1e-12);
}

TEST_CASE("the plan names the objective") {
  CHECK(infer<sticking_the_landing<elbo<3>>>(one_layer, one_layer_guide).plan().objective ==
        "sticking_the_landing<elbo<3>>");
  const auto plan =
      infer<doubly_reparameterized<iwae<3, 2>>, double>(two_layers, two_layer_guide).plan();
  CHECK(plan.objective == "doubly_reparameterized<iwae<3, 2>>");
  for (const auto& l : plan.latents) CHECK(l.term == "sampled");
}

TEST_CASE("a training step allocates nothing, and has the same bits for 1 and 2 threads") {
  const auto check = [](auto one, auto two) {
    const auto loaded = one.load(data(x = spread_data(200)));
    const auto rows = first_rows(120);
    const optimizer how = adam{1e-2};
    two.use_threads(2);
    one.initialise(4);
    two.initialise(4);
    for (std::uint64_t s = 1; s <= 2; ++s) one.step(loaded, rows, how, {.seed = 1, .step = s});
    const std::size_t before = variad_tests::allocations;
    for (std::uint64_t s = 3; s <= 6; ++s) one.step(loaded, rows, how, {.seed = 1, .step = s});
    CHECK(variad_tests::allocations == before);
    for (std::uint64_t s = 1; s <= 6; ++s) two.step(loaded, rows, how, {.seed = 1, .step = s});
    for (const auto& info : one.parameter_table()) {
      const auto u = one.parameter(info.name), v = two.parameter(info.name);
      CHECK(std::memcmp(u.data(), v.data(), u.size() * sizeof(u.data()[0])) == 0);
    }
  };
  const auto landing = [] {
    return infer<sticking_the_landing<elbo<2>>, double>(hierarchy, hierarchy_guide);
  };
  const auto doubly = [] {
    return infer<doubly_reparameterized<iwae<3, 2>>, double>(two_layers, two_layer_guide);
  };
  check(landing(), landing());
  check(doubly(), doubly());
}

TEST_CASE("signal to noise of the guide's gradient at K = 64") {
  constexpr auto p = model(plate<"row">(z = ~normal(0, 1), x = ~normal(z, 1)));
  constexpr auto q = guide(plate<"row">(z = ~normal(param<1>() * x, exp(param<1>()))));
  const auto ratio = [&](auto vi) {
    set(vi, "q.z.param0.value", 0.55);  // near the posterior
    set(vi, "q.z.param1.value", 0.5 * std::log(0.5) + 0.05);
    const auto s = take_gradients(vi.programs(), vi.load(data(x = spread_data(20))), 1000, seed);
    double norm = 0;
    for (const double m : s.mean()) norm += m * m;
    return std::sqrt(norm / s.variance());
  };
  const double plain = ratio(infer<iwae<64>, double>(p, q)),
               path = ratio(infer<doubly_reparameterized<iwae<64>>, double>(p, q));
  INFO("iwae " << plain << ", doubly_reparameterized " << path);
  CHECK(path > 5 * plain);
}

}  // namespace
}  // namespace tests
