#include "estimator_check.hpp"
#include "runtime_boltzmann_systems.hpp"

// Boltzmann machines on graphs and with polynomial energies as priors: bounds, gradients and
// samples, against sums over all states and finite differences. Where a check is statistical, it
// allows 4.8 standard errors: a false alarm has probability 1.6e-6, below 0.1 % over all the checks
// made here.

namespace tests {
namespace {

using namespace variad;
using namespace variad::internals;
using variad_tests::state_of;

using term_list = std::vector<interaction_terms::term>;

constexpr double datum = 0.7;
constexpr std::size_t width = 4;
constexpr double tau = 1.0 / 7.0;

constexpr auto x = observed<"x">;
constexpr auto z = latent<"z", 16>;
constexpr auto a = latent<"a", 3>;
constexpr auto b = latent<"b", 5>;
constexpr auto c = latent<"c", 12>;

// Steps are as good as independent after so many sweeps of these machines.
constexpr boltzmann_settings settings{.chains = 100, .sweeps = 50, .generation_sweeps = 100};

template <class... E>
constexpr auto seen_through(const E&... units) {
  return ~normal(sum(tanh(dense<4>(units...))), 1);
}

/// A ring of 16 units, and every other one coupled with the fourth after it.
constexpr auto chorded_ring = [] {
  std::array<coupling_graph::edge, 24> edges{};
  for (std::uint32_t i = 0; i < 16; ++i) edges[i] = {i, (i + 1) % 16};
  for (std::uint32_t i = 0; i < 8; ++i) edges[16 + i] = {2 * i, (2 * i + 4) % 16};
  return edges;
}();

constexpr auto ring_model =
    model(plate<"row">(z = ~boltzmann(chorded_ring, settings), x = seen_through(z)));
constexpr auto ring_guide = guide(plate<"row">(z = ~bernoulli(logits = dense<16>(x))));

constexpr auto complete_model =
    model(plate<"row">(joint(a, b) = ~boltzmann(settings), x = seen_through(a, b)));
constexpr auto complete_guide =
    guide(plate<"row">(a = ~bernoulli(logits = dense<3>(x)), b = ~bernoulli(logits = dense<5>(x))));

constexpr auto cubic_model = model(
    plate<"row">(c = ~polynomial_boltzmann(
                     interactions({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11},
                                  {0, 1}, {2, 3}, {4, 9}, {11, 5}, {0, 1, 2}, {3, 4, 5}, {6, 7, 8},
                                  {9, 10, 11}, {0, 4, 8}, {10, 2, 6}, {1, 5, 9}, {3, 7, 11}),
                     settings),
                 x = seen_through(c)));
constexpr auto cubic_guide = guide(plate<"row">(c = ~bernoulli(logits = dense<12>(x))));

/// One of these, the parameters of its machine, the products of units that they weigh, and samples
/// of all units.
template <class Inference>
struct example {
  Inference vi;
  std::size_t units;
  std::vector<std::string> drawn, of_machine;
  term_list terms;
  std::vector<array<double>> (*sample)(Inference&, std::size_t);
};

term_list units_and(std::uint32_t units, const auto& products) {
  term_list terms;
  for (std::uint32_t i = 0; i < units; ++i) terms.push_back({i});
  for (const auto& units_of_term : products)
    terms.emplace_back(units_of_term.begin(), units_of_term.end());
  return terms;
}
auto on_a_ring() {
  auto vi = infer<elbo<1>, double>(ring_model, ring_guide);
  static_assert(vi.estimator<"z">() == "gumbolt");
  using inference = decltype(vi);
  return example<inference>{
      std::move(vi),
      16,
      {"z"},
      {"p.z.boltzmann0.biases", "p.z.boltzmann0.couplings"},
      units_and(16, chorded_ring),
      [](inference& i, std::size_t n) { return std::vector{i.template sample<"z">(n)}; }};
}
auto complete() {
  auto vi = infer<elbo<1>, double>(complete_model, complete_guide);
  static_assert(vi.estimator<"a">() == "gumbolt" && vi.estimator<"b">() == "gumbolt");
  using inference = decltype(vi);
  return example<inference>{
      std::move(vi),
      8,
      {"a", "b"},
      {"p.a,b.boltzmann0.biases", "p.a,b.boltzmann0.couplings"},
      units_and(8, complete_graph(8).edges()),
      [](inference& i, std::size_t n) {
        return std::vector{i.template sample<"a">(n), i.template sample<"b">(n)};
      }};
}
auto cubic() {
  auto vi = infer<elbo<1>, double>(cubic_model, cubic_guide);
  static_assert(vi.estimator<"c">() == "gumbolt");
  using inference = decltype(vi);
  return example<inference>{
      std::move(vi),
      12,
      {"c"},
      {"p.c.polynomial_boltzmann0.coefficients"},
      units_and(12, term_list{{0, 1},
                              {2, 3},
                              {4, 9},
                              {11, 5},
                              {0, 1, 2},
                              {3, 4, 5},
                              {6, 7, 8},
                              {9, 10, 11},
                              {0, 4, 8},
                              {10, 2, 6},
                              {1, 5, 9},
                              {3, 7, 11}}),
      [](inference& i, std::size_t n) { return std::vector{i.template sample<"c">(n)}; }};
}
template <class F>
void for_each_example(F&& f) {
  f(on_a_ring());
  f(complete());
  f(cubic());
}

void append(std::vector<double>& to, const std::vector<double>& values) {
  to.insert(to.end(), values.begin(), values.end());
}

/// What an example says of the datum, with its parameters as they are.
struct by_hand {
  variad_tests::polynomial_system<double> machine;
  std::vector<double> logits, weights, bias;
  double log_z;

  template <class Inference>
  explicit by_hand(const example<Inference>& e) : machine(e.units, e.terms, 0) {
    const parameters p = parameters_of(e.vi);
    machine.theta.clear();
    for (const std::string& name : e.of_machine) append(machine.theta, p.at(name));
    for (std::size_t d = 0; d < e.drawn.size(); ++d) {
      const std::string layer = "q." + e.drawn[d] + ".dense0.";
      const auto &slope = p.at(layer + "weight"), &offset = p.at(layer + "bias");
      for (std::size_t i = 0; i < offset.size(); ++i)
        logits.push_back(slope[i] * datum + offset[i]);
      append(weights, p.at("p.x.dense" + std::to_string(d) + ".weight"));
    }
    bias = p.at("p.x.dense0.bias");
    log_z = variad_tests::enumerate_log_z(machine);
  }

  double log_joint(const std::vector<double>& state) const {
    double mean = 0;
    for (std::size_t d = 0; d < width; ++d) {
      double h = bias[d];
      for (std::size_t i = 0; i < state.size(); ++i) h += state[i] * weights[i * width + d];
      mean += std::tanh(h);
    }
    return -machine.energy(state) - log_z + log_normal_density(datum, mean, 1);
  }
  double log_q(const std::vector<double>& state) const {
    double total = 0;
    for (std::size_t i = 0; i < state.size(); ++i)
      total -= std::log1p(std::exp(state[i] > 0 ? -logits[i] : logits[i]));
    return total;
  }
  /// The products of units that the parameters of the machine weigh.
  std::vector<double> products(const std::vector<double>& state) const {
    std::vector<double> out;
    for (const auto& term : machine.list) {
      out.push_back(1);
      for (const std::uint32_t i : term) out.back() *= state[i];
    }
    return out;
  }
  std::vector<double> mean_products() const {
    return variad_tests::expectation(machine, 1, machine.list.size(),
                                     [&](const auto& state) { return products(state); });
  }

  struct moments {
    double mean = 0, deviation = 0;
  };
  /// Of f(log p(x, z) - log q(z)) under the guide.
  template <class F>
  moments under_the_guide(F&& f) const {
    double mean = 0, square = 0;
    for (std::uint64_t s = 0; s < std::uint64_t{1} << logits.size(); ++s) {
      const std::vector<double> state = state_of(s, logits.size());
      const double q = log_q(state), value = f(log_joint(state) - q);
      mean += std::exp(q) * value;
      square += std::exp(q) * value * value;
    }
    return {mean, std::sqrt(square - mean * mean)};
  }
};

TEST_CASE("the bound of a guide that is certain is the density of one state") {
  for_each_example([](auto e) {
    spread_parameters(e.vi);
    for (const unsigned pattern : {0u, 0xffffu, 0x5a3cu, 0x91e7u}) {
      std::size_t first = 0;
      for (const std::string& name : e.drawn) {
        auto slope = e.vi.parameter("q." + name + ".dense0.weight");
        slope.fill(0);
        e.vi.set_parameter("q." + name + ".dense0.weight", slope);
        auto offset = e.vi.parameter("q." + name + ".dense0.bias");
        for (double& l : offset) l = pattern >> first++ & 1 ? 60 : -60;
        e.vi.set_parameter("q." + name + ".dense0.bias", offset);
      }
      const double exact = by_hand(e).log_joint(state_of(pattern, e.units));
      CHECK(e.vi.bound(data(x = repeated(datum, 3))).value == Approx(exact).epsilon(1e-10));
      CHECK(e.vi.log_likelihood(data(x = repeated(datum, 3)), samples(2)).value ==
            Approx(exact).epsilon(1e-10));
    }
  });
}

TEST_CASE("bounds and likelihoods of a Boltzmann prior approach those of all states") {
  for_each_example([](auto e) {
    spread_parameters(e.vi);
    const by_hand exact(e);
    const auto elbo = exact.under_the_guide([](double log_weight) { return log_weight; });
    const auto evidence =
        exact.under_the_guide([](double log_weight) { return std::exp(log_weight); });
    const double n = 20000, root = std::sqrt(n);
    CHECK(std::abs(e.vi.bound(data(x = repeated(datum, 20000))).value - elbo.mean) <=
          4.8 * elbo.deviation / root);
    const double found =
        std::exp(e.vi.log_likelihood(data(x = repeated(datum, 1)), samples(20000)).value);
    CHECK(std::abs(found - evidence.mean) <= 4.8 * evidence.deviation / root);
    CHECK(evidence.deviation < 5 * evidence.mean);  // the error is normal, and small
  });
}

TEST_CASE("gradients through relaxed units are those of the bound at the same noise") {
  for_each_example([](auto e) {
    spread_parameters(e.vi);
    const auto loaded = e.vi.load(data(x = array<double>{0.7, -1.2, 0.1}));
    const std::vector<std::uint32_t> rows{0, 1, 2};
    const step_settings same_noise{.seed = 5, .step = 3};
    const auto bound = [&] { return e.vi.gradient(loaded, rows, same_noise).bound; };
    bound();
    const std::vector<double> gradient(e.vi.gradient().begin(), e.vi.gradient().end());
    for (const auto& p : e.vi.parameter_table()) {
      if (std::find(e.of_machine.begin(), e.of_machine.end(), p.name) != e.of_machine.end())
        continue;  // log Z is estimated once in many steps
      auto value = e.vi.parameter(p.name);
      for (std::size_t i = 0; i < p.size; ++i) {
        const double at = value.data()[i], h = 1e-5;
        value.data()[i] = at + h;
        e.vi.set_parameter(p.name, value);
        const double up = bound();
        value.data()[i] = at - h;
        e.vi.set_parameter(p.name, value);
        const double down = bound();
        value.data()[i] = at;
        e.vi.set_parameter(p.name, value);
        CAPTURE(p.name, i);
        CHECK(gradient[p.offset + i] == Approx((up - down) / (2 * h)).epsilon(1e-6).margin(1e-8));
      }
    }
  });
}

/// The mean of sigmoid((l + logit ρ) / τ) over uniform ρ, by the midpoint rule.
double mean_relaxed(double logit) {
  const int n = 20000;
  double total = 0;
  for (int k = 0; k < n; ++k) {
    const double rho = (k + 0.5) / n;
    total += 1 / (1 + std::exp(-(logit + std::log(rho / (1 - rho))) / tau));
  }
  return total / n;
}

TEST_CASE("the chains give a machine's parameters their gradient") {
  for_each_example([](auto e) {
    spread_parameters(e.vi);
    const by_hand exact(e);
    // A product of different units that are drawn independently has the product of their means.
    std::vector<double> relaxed;
    for (const double l : exact.logits) relaxed.push_back(mean_relaxed(l));
    std::vector<double> gradient = exact.products(relaxed);
    const std::vector<double> of_log_z = exact.mean_products();
    for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] -= of_log_z[k];

    const auto loaded = e.vi.load(data(x = repeated(datum, 100)));
    const estimate found = mean_gradient(e.vi, loaded, 250);
    std::size_t k = 0;
    for (const std::string& name : e.of_machine)
      for (std::size_t i = 0; i < found.mean.at(name).size(); ++i, ++k) {
        CAPTURE(name, i);
        CHECK(std::abs(found.mean.at(name)[i] - gradient[k]) <= 4.8 * found.error.at(name)[i]);
        CHECK(found.error.at(name)[i] < 0.006);
      }
    CHECK(k == gradient.size());
  });
}

TEST_CASE("samples of a Boltzmann prior") {
  for_each_example([](auto e) {
    spread_parameters(e.vi);
    const std::size_t n = 4000;
    const std::vector<array<double>> drawn = e.sample(e.vi, n);
    const by_hand exact(e);
    std::vector<double> found(e.terms.size(), 0.0);
    for (std::size_t r = 0; r < n; ++r) {
      std::vector<double> state;
      for (const auto& variable : drawn)
        for (std::size_t i = 0; i < variable.shape(1); ++i) state.push_back(variable(r, i));
      REQUIRE(state.size() == e.units);
      const std::vector<double> products = exact.products(state);
      for (std::size_t k = 0; k < found.size(); ++k)
        found[k] += products[k] / static_cast<double>(n);
    }
    const std::vector<double> probability = exact.mean_products();
    for (std::size_t k = 0; k < found.size(); ++k) {
      const double p = probability[k];
      CAPTURE(k);
      CHECK(std::abs(found[k] - p) <= 4.8 * std::sqrt(p * (1 - p) / static_cast<double>(n)));
    }
  });
}

TEST_CASE("couplings that are held at zero") {
  constexpr auto apart = model(plate<"row">(
      z = ~boltzmann(chorded_ring, {.chains = 10, .coupled = false}), x = seen_through(z)));
  auto vi = infer<elbo<1>, double>(apart, ring_guide);
  for (const double w : vi.parameter("p.z.boltzmann0.couplings")) CHECK(w == 0);
  auto biases = vi.parameter("p.z.boltzmann0.biases");
  double log_z = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    biases(i) = 0.3 * static_cast<double>(i) - 2;
    log_z += std::log1p(std::exp(biases(i)));
  }
  vi.set_parameter("p.z.boltzmann0.biases", biases);
  CHECK(vi.log_z<"z">().value == Approx(log_z).epsilon(1e-12));
  const auto loaded = vi.load(data(x = repeated(datum, 5)));
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4};
  vi.gradient(loaded, rows);
  for (const auto& p : vi.parameter_table())
    for (std::size_t i = 0; i < p.size; ++i)
      CHECK((vi.gradient()[p.offset + i] == 0) == (p.name == "p.z.boltzmann0.couplings"));
}

TEST_CASE("edges and interactions that are not of different units") {
  const auto along = [](std::uint32_t i, std::uint32_t j) {
    return z = ~boltzmann({{0, 1}, {i, j}});
  };
  along(15, 0);
  CHECK_THROWS_WITH(along(3, 16), Catch::Contains("found the edge (3, 16), expected two different"
                                                  " units below 16"));
  CHECK_THROWS_WITH(along(3, 3), Catch::Contains("found the edge (3, 3)"));
  const auto of = [](std::uint32_t i, std::uint32_t j) {
    return a = ~polynomial_boltzmann(interactions({0}, {1, i, j}));
  };
  of(0, 2);
  CHECK_THROWS_WITH(of(0, 3), Catch::Contains("found the interaction {1, 0, 3}, expected one or "
                                              "more different units below 3"));
  CHECK_THROWS_WITH(of(0, 1), Catch::Contains("found the interaction {1, 0, 1}"));
  CHECK_THROWS_WITH((a = ~polynomial_boltzmann(interactions({0, 1}), {.coupled = false})),
                    Catch::Contains("leave out"));
}

}  // namespace
}  // namespace tests
