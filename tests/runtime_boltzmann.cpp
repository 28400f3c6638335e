#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <type_traits>
#include <vector>

#include "runtime_boltzmann_systems.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/boltzmann/boltzmann.hpp>
#include <variad/runtime/error.hpp>

using namespace variad;
using namespace variad::internals;
using namespace variad_tests;

namespace {

template <class T>
Approx near(double x) {
  const double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-12;
  return Approx(x).epsilon(tolerance).margin(tolerance);
}

// Rows of states with something between them: binary ones, then relaxed ones.
template <class T>
struct test_states {
  std::size_t units, rows = 14, stride;
  std::vector<T> values;

  explicit test_states(std::size_t n) : units(n), stride(n + 3), values(rows * stride, T(99)) {
    std::mt19937 engine(5);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = 0; i < units; ++i) {
        const double u = std::uniform_real_distribution<double>(0, 1)(engine);
        values[r * stride + i] = static_cast<T>(r < rows / 2 ? std::round(u) : u);
      }
  }
  state_rows<T> view() { return {values.data(), rows, stride}; }
  std::vector<double> row(std::size_t r) const {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(r * stride);
    return {first, first + static_cast<std::ptrdiff_t>(units)};
  }
};

template <class System>
double energy_derivative(const System& system, std::vector<double> z, std::size_t i) {
  z[i] = 1;
  const double at_one = system.energy(z);
  z[i] = 0;
  return at_one - system.energy(z);
}

// What every energy promises, against the formula written out. Both derivatives are differences of
// two energies, exactly, since these are linear in every unit and every parameter.
template <class System>
void check_energy(const System& system) {
  using T = typename System::value_type;
  const auto model = system.model();
  const std::size_t units = system.units();
  REQUIRE(model.units() == units);
  test_states<T> z(units);
  std::vector<T> scratch(model.scratch_size(z.rows)), energy(z.rows), weight(z.rows);
  for (std::size_t r = 0; r < z.rows; ++r) weight[r] = static_cast<T>(0.25 * double(r) - 1);

  model.energy(z.view(), scratch.data(), energy.data());
  for (std::size_t r = 0; r < z.rows; ++r) CHECK(energy[r] == near<T>(system.energy(z.row(r))));

  std::vector<T> gradient(z.rows * units, T(0.5));
  model.add_state_gradient(z.view(), weight.data(), scratch.data(),
                           {gradient.data(), z.rows, units});
  for (std::size_t r = 0; r < z.rows; ++r)
    for (std::size_t i = 0; i < units; ++i)
      CHECK(gradient[r * units + i] ==
            near<T>(0.5 + weight[r] * energy_derivative(system, z.row(r), i)));

  std::vector<T> theta(system.theta.size(), T(0.5));
  std::vector<double> expected(theta.size(), 0.5);
  model.add_parameter_gradient(z.view(), weight.data(), scratch.data(),
                               system.shape(std::span<T>(theta)));
  for (std::size_t r = 0; r < z.rows; ++r) {
    const std::vector<double> g = parameter_gradient(system, z.row(r));
    for (std::size_t k = 0; k < g.size(); ++k) expected[k] += weight[r] * g[k];
  }
  for (std::size_t k = 0; k < theta.size(); ++k) CHECK(theta[k] == near<T>(expected[k]));

  std::vector<int> seen(units, 0);
  for (std::size_t b = 0; b < model.blocks().size(); ++b) {
    const unit_block block = model.blocks()[b];
    std::vector<T> fields(z.rows * block.size), again(fields.size());
    model.fields(b, z.view(), fields.data());
    test_states<T> changed = z, zero = z;
    for (std::size_t i = 0; i < block.size; ++i) {
      ++seen[block[i]];
      for (std::size_t r = 0; r < z.rows; ++r) {
        CHECK(fields[r * block.size + i] ==
              near<T>(-energy_derivative(system, z.row(r), block[i])));
        changed.view()[r][block[i]] = T(1) - z.view()[r][block[i]];
        zero.view()[r][block[i]] = 0;
      }
    }
    // No unit of a block has a part in the fields of the others: they are independent given the
    // rest.
    model.fields(b, changed.view(), again.data());
    CHECK(fields == again);
    model.energy_without(b, z.view(), energy.data());
    for (std::size_t r = 0; r < z.rows; ++r)
      CHECK(energy[r] == near<T>(system.energy(zero.row(r))));
  }
  CHECK(seen == std::vector<int>(units, 1));
}

}  // namespace

TEMPLATE_TEST_CASE("energies, their derivatives and their blocks", "[boltzmann]", float, double) {
  check_energy(restricted_system<TestType>(5, 19, 1));
  check_energy(restricted_system<TestType>(9, 2, 1));
  check_energy(graph_system<TestType>(complete_graph(11), 1));
  check_energy(graph_system<TestType>(ring(9), 1));
  check_energy(polynomial_system<TestType>(12, cubic_terms(12), 1));
  check_energy(polynomial_system<TestType>(6, {{0, 1, 2, 3, 5}, {4}, {1, 4}, {0}, {0}}, 1));
}

TEST_CASE("blocks are few where the graph allows it", "[boltzmann]") {
  CHECK(ring(8).blocks().size() == 2);
  CHECK(ring(9).blocks().size() == 3);
  CHECK(complete_graph(6).blocks().size() == 6);
  CHECK(coupling_graph(5, {}).blocks().size() == 1);
  std::vector<coupling_graph::edge> bipartite;
  for (std::uint32_t i = 0; i < 7; ++i)
    for (std::uint32_t j = 0; j < 5; ++j)
      if ((i * j) % 3 != 1) bipartite.push_back({2 * i % 12, (2 * j + 1) % 12});
  CHECK(coupling_graph(12, bipartite).blocks().size() == 2);
}

TEMPLATE_TEST_CASE("couplings held at zero", "[boltzmann]", float, double) {
  using T = TestType;
  restricted_system<T> system(5, 3, 1);
  const std::vector<std::size_t> held{0, 7, 14};
  system.mask.assign(15, T(1));
  for (const std::size_t k : held) system.mask[k] = system.theta[8 + k] = 0;
  test_states<T> z(8);
  std::vector<T> weight(z.rows, T(-0.5)), found(23, T(0)), all(23, T(0));
  std::vector<T> scratch(system.model().scratch_size(z.rows));
  system.model().add_parameter_gradient(z.view(), weight.data(), scratch.data(),
                                        system.shape(std::span<T>(found)));
  system.mask.clear();
  system.model().add_parameter_gradient(z.view(), weight.data(), scratch.data(),
                                        system.shape(std::span<T>(all)));
  for (const std::size_t k : held) {
    CHECK(all[8 + k] != T(0));
    all[8 + k] = 0;
  }
  for (std::size_t k = 0; k < 23; ++k) CHECK(found[k] == near<T>(all[k]));

  // None at all is the same as all at zero.
  std::fill(system.theta.begin() + 8, system.theta.end(), T(0));
  const auto shaped = system.shape(std::span<const T>(system.theta));
  const restricted_boltzmann_energy<T> without({shaped.bias_1, shaped.bias_2, {}});
  std::vector<T> a(z.rows), b(z.rows), state_a(z.rows * 8), state_b(z.rows * 8), bias(8, T(0));
  system.model().energy(z.view(), scratch.data(), a.data());
  without.energy(z.view(), scratch.data(), b.data());
  CHECK(a == b);
  system.model().add_state_gradient(z.view(), weight.data(), scratch.data(),
                                    {state_a.data(), z.rows, 8});
  without.add_state_gradient(z.view(), weight.data(), scratch.data(), {state_b.data(), z.rows, 8});
  CHECK(state_a == state_b);
  const std::span<T> g(bias);
  without.add_parameter_gradient(z.view(), weight.data(), scratch.data(),
                                 {g.subspan(0, 5), g.subspan(5), {}});
  CHECK(std::equal(bias.begin(), bias.end(), all.begin()));
}

TEST_CASE("theorem 1: the extrema of an energy are at vertices", "[boltzmann]") {
  const polynomial_system<double> system(7, cubic_terms(7), 2);
  const auto model = system.model();
  double least = 1e300, greatest = -1e300;
  for (std::uint64_t s = 0; s < 128; ++s) {
    const double e = system.energy(state_of(s, 7));
    least = std::min(least, e), greatest = std::max(greatest, e);
  }
  std::mt19937 engine(3);
  for (int trial = 0; trial < 20000; ++trial) {
    std::vector<double> z(7);
    for (double& x : z) x = std::uniform_real_distribution<double>(0, 1)(engine);
    double e = 0;
    model.energy({z.data(), 1, 7}, nullptr, &e);
    if (e < least || e > greatest) FAIL("an extremum within the cube");
  }
}

TEST_CASE("theorem 2: the proxy is a lower bound of the relaxed density", "[boltzmann]") {
  // Gauss and Legendre's rule of five points on each of four parts of [0, 1]: for these energies
  // the integral over the cube is good to 1e-9.
  const double node[] = {-0.9061798459386640, -0.5384693101056831, 0, 0.5384693101056831,
                         0.9061798459386640};
  const double share[] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889,
                          0.4786286704993665, 0.2369268850561891};
  std::vector<double> points, weights;
  for (int part = 0; part < 4; ++part)
    for (int k = 0; k < 5; ++k) {
      points.push_back((part + (1 + node[k]) / 2) / 4);
      weights.push_back(share[k] / 8);
    }
  const auto check = [&](const auto& system) {
    const auto model = system.model();
    const std::size_t units = system.units();
    std::vector<double> scratch(model.scratch_size(1)), z(units);
    std::size_t total = 1;
    for (std::size_t i = 0; i < units; ++i) total *= points.size();
    double integral = 0;  // the relaxed density's normaliser
    for (std::size_t p = 0; p < total; ++p) {
      double weight = 1;
      for (std::size_t i = 0, rest = p; i < units; ++i, rest /= points.size()) {
        z[i] = points[rest % points.size()];
        weight *= weights[rest % points.size()];
      }
      double e = 0;
      model.energy({z.data(), 1, units}, scratch.data(), &e);
      integral += weight * std::exp(-e);
    }
    // e^-E / Z <= e^-E / integral at every point.
    CHECK(std::log(integral) < log_z_exact(model));
  };
  for (const double scale : {0.0, 0.5, 3.0}) {
    check(restricted_system<double>(2, 2, scale));
    check(graph_system<double>(complete_graph(3), scale));
    check(polynomial_system<double>(4, {{0}, {1, 2}, {0, 1, 3}, {0, 1, 2, 3}}, scale));
  }
  // A factorial energy has its integral in closed form.
  const polynomial_system<double> one(1, {{0}}, 1);
  const double a = one.theta[0];
  CHECK(std::expm1(a) / a < 1 + std::exp(a));
}

TEST_CASE("what does not fit is refused", "[boltzmann]") {
  using Catch::Contains;
  const std::vector<float> a(3), b(2), w(5);
  CHECK_THROWS_WITH(restricted_boltzmann_energy<float>({a, b, w}),
                    Contains("found 5 couplings, expected 2 x 3"));
  CHECK_THROWS_WITH(coupling_graph(3, {{0, 1}, {1, 3}}), Contains("found the edge (1, 3)"));
  CHECK_THROWS_WITH(coupling_graph(3, {{2, 2}}), Contains("two different units below 3"));
  const coupling_graph graph(3, {{0, 1}});
  CHECK_THROWS_WITH(boltzmann_energy<float>(graph, {a, b}),
                    Contains("found 3 biases and 2 couplings, expected 3 and 1"));
  CHECK_THROWS_WITH(interaction_terms(3, {{0, 1}, {2, 0, 2}}),
                    Contains("found the units (2, 0, 2) in term 1"));
  CHECK_THROWS_WITH(interaction_terms(3, {{}}), Contains("one or more different units below 3"));
  const interaction_terms terms(3, {{0, 1}});
  CHECK_THROWS_WITH(polynomial_energy<float>(terms, {a}),
                    Contains("found 3 coefficients, expected one for each of 1 terms"));
  const restricted_system<float> small(2, 2, 1), large(3, 2, 1);
  chains<float> sampler(small.model(), 4);
  CHECK_THROWS_WITH(sampler.sweep(large.model(), 0, 0, 1), Contains("found a model of 5 units"));
}
