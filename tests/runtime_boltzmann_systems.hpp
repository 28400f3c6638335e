#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <variad/runtime/boltzmann/boltzmann.hpp>

/// Boltzmann machines that own their parameters, in one vector `theta`, each with its energy
/// written out plainly as the oracle.
namespace variad_tests {

template <class T>
std::vector<T> normal_values(std::size_t n, double scale, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<T> values(n);
  for (T& x : values) x = static_cast<T>(std::normal_distribution<double>(0, scale)(engine));
  return values;
}

template <class T>
struct restricted_system {
  using value_type = T;
  std::size_t n1, n2;
  std::vector<T> theta, mask = {};

  restricted_system(std::size_t first, std::size_t second, double scale)
      : n1(first), n2(second), theta(normal_values<T>(n1 + n2 + n1 * n2, scale, 11)) {}

  template <class U>
  variad::internals::restricted_boltzmann_parameters<U> shape(std::span<U> values) const {
    return {values.subspan(0, n1), values.subspan(n1, n2), values.subspan(n1 + n2)};
  }
  auto model() const {
    return variad::internals::restricted_boltzmann_energy<T>(shape(std::span<const T>(theta)),
                                                             mask);
  }
  std::size_t units() const { return n1 + n2; }
  double energy(const std::vector<double>& z) const {
    double sum = 0;
    for (std::size_t i = 0; i < units(); ++i) sum += theta[i] * z[i];
    for (std::size_t j = 0; j < n2; ++j)
      for (std::size_t i = 0; i < n1; ++i) sum += z[n1 + j] * theta[n1 + n2 + j * n1 + i] * z[i];
    return -sum;
  }
};

template <class T>
struct graph_system {
  using value_type = T;
  variad::coupling_graph graph;
  std::vector<T> theta;

  graph_system(variad::coupling_graph couplings, double scale)
      : graph(std::move(couplings)),
        theta(normal_values<T>(graph.units() + graph.edges().size(), scale, 12)) {}

  template <class U>
  variad::internals::boltzmann_parameters<U> shape(std::span<U> values) const {
    return {values.subspan(0, units()), values.subspan(units())};
  }
  auto model() const {
    return variad::internals::boltzmann_energy<T>(graph, shape(std::span<const T>(theta)));
  }
  std::size_t units() const { return graph.units(); }
  double energy(const std::vector<double>& z) const {
    double sum = 0;
    for (std::size_t i = 0; i < units(); ++i) sum += theta[i] * z[i];
    for (std::size_t e = 0; e < graph.edges().size(); ++e)
      sum += theta[units() + e] * z[graph.edges()[e][0]] * z[graph.edges()[e][1]];
    return -sum;
  }
};

template <class T>
struct polynomial_system {
  using value_type = T;
  std::size_t count;
  std::vector<variad::internals::interaction_terms::term> list;
  variad::internals::interaction_terms terms;
  std::vector<T> theta;

  polynomial_system(std::size_t units,
                    std::vector<variad::internals::interaction_terms::term> products, double scale)
      : count(units),
        list(std::move(products)),
        terms(units, list),
        theta(normal_values<T>(list.size(), scale, 13)) {}

  template <class U>
  variad::internals::polynomial_parameters<U> shape(std::span<U> values) const {
    return {values};
  }
  auto model() const {
    return variad::internals::polynomial_energy<T>(terms, shape(std::span<const T>(theta)));
  }
  std::size_t units() const { return count; }
  double energy(const std::vector<double>& z) const {
    double sum = 0;
    for (std::size_t t = 0; t < list.size(); ++t) {
      double product = theta[t];
      for (const std::uint32_t i : list[t]) product *= z[i];
      sum += product;
    }
    return -sum;
  }
};

/// Each unit alone, with its neighbour, and with two others: an energy of third order.
inline std::vector<variad::internals::interaction_terms::term> cubic_terms(std::uint32_t units) {
  std::vector<variad::internals::interaction_terms::term> terms;
  for (std::uint32_t i = 0; i < units; ++i) {
    terms.push_back({i});
    terms.push_back({i, (i + 1) % units});
    if (units > 5) terms.push_back({i, (i + 2) % units, (i + 5) % units});
  }
  return terms;
}

/// Units coupled in a ring.
inline variad::coupling_graph ring(std::uint32_t units) {
  std::vector<variad::coupling_graph::edge> edges;
  for (std::uint32_t i = 0; i < units; ++i) edges.push_back({i, (i + 1) % units});
  return {units, edges};
}

/// The state whose unit i is bit i.
inline std::vector<double> state_of(std::uint64_t bits, std::size_t units) {
  std::vector<double> z(units);
  for (std::size_t i = 0; i < units; ++i) z[i] = static_cast<double>(bits >> i & 1);
  return z;
}

/// log Z at an inverse temperature by summing over all states.
template <class System>
double enumerate_log_z(const System& system, double beta = 1) {
  std::vector<double> terms;
  for (std::uint64_t s = 0; s < std::uint64_t{1} << system.units(); ++s)
    terms.push_back(-beta * system.energy(state_of(s, system.units())));
  const double largest = *std::max_element(terms.begin(), terms.end());
  double sum = 0;
  for (const double t : terms) sum += std::exp(t - largest);
  return largest + std::log(sum);
}

/// The expectation of a function of the state at an inverse temperature, by summing over all
/// states.
template <class System, class F>
std::vector<double> expectation(const System& system, double beta, std::size_t size, F&& f) {
  const double log_z = enumerate_log_z(system, beta);
  std::vector<double> mean(size, 0.0);
  for (std::uint64_t s = 0; s < std::uint64_t{1} << system.units(); ++s) {
    const std::vector<double> z = state_of(s, system.units()), value = f(z);
    const double p = std::exp(-beta * system.energy(z) - log_z);
    for (std::size_t i = 0; i < size; ++i) mean[i] += p * value[i];
  }
  return mean;
}

/// ∂E/∂θ, exact as the energy is linear in each parameter.
template <class System>
std::vector<double> parameter_gradient(System system, const std::vector<double>& z) {
  std::vector<double> result;
  for (auto& parameter : system.theta) {
    const auto kept = std::exchange(parameter, 1);
    const double at_one = system.energy(z);
    parameter = 0;
    result.push_back(at_one - system.energy(z));
    parameter = kept;
  }
  return result;
}

}  // namespace variad_tests
