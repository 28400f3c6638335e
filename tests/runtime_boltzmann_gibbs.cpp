#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "count_allocations.hpp"
#include "runtime_boltzmann_systems.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/boltzmann/boltzmann.hpp>

using namespace variad;
using namespace variad_tests;

namespace {

// Six standard errors: a false-alarm rate of 2e-9 for one comparison of a normal statistic.
constexpr double normal_bound = 6.0;

// The chains' distribution against enumeration. The chains are independent of each other, so what
// they show after many sweeps has binomial errors.
template <class System>
void check_chains(const System& system, double beta) {
  using T = typename System::value_type;
  const auto model = system.model();
  const std::size_t count = 4000, units = system.units();
  chains<T> sampler(model, count);
  sampler.start(3);
  sampler.sweep(model, 17, 4, 60, static_cast<T>(beta));
  const auto pairs_of = [&](const std::vector<double>& z) {
    std::vector<double> result;
    for (std::size_t i = 0; i < units; ++i)
      for (std::size_t j = i; j < units; ++j) result.push_back(z[i] * z[j]);
    return result;
  };
  const std::size_t size = units * (units + 1) / 2;
  const std::vector<double> exact = expectation(system, beta, size, pairs_of);
  std::vector<double> found(size, 0.0);
  for (std::size_t c = 0; c < count; ++c) {
    const T* const row = sampler.rows()[c];
    const std::vector<double> pairs = pairs_of({row, row + units});
    for (std::size_t k = 0; k < size; ++k) found[k] += pairs[k] / double(count);
  }
  for (std::size_t k = 0; k < size; ++k) {
    const double error = std::sqrt(exact[k] * (1 - exact[k]) / double(count));
    CHECK(std::abs(found[k] - exact[k]) < normal_bound * error);
  }
}

template <class System>
void check_log_z_gradient(const System& system) {
  using T = typename System::value_type;
  const auto model = system.model();
  const std::size_t count = 4000, size = system.theta.size();
  chains<T> sampler(model, count);
  sampler.start(1);
  sampler.sweep(model, 23, 0, 60);
  std::vector<T> found(size, T(1));
  sampler.add_log_z_gradient(model, T(2), system.shape(std::span<T>(found)));
  // -∂E/∂θ is zero or one in every state.
  const std::vector<double> minus =
      expectation(system, 1, size, [&](const auto& z) { return parameter_gradient(system, z); });
  for (std::size_t k = 0; k < size; ++k) {
    const double p = -minus[k], error = std::sqrt(p * (1 - p) / double(count));
    CHECK(std::abs((found[k] - 1) / 2 - p) < normal_bound * error);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("chains have the machine's distribution", "[boltzmann]", float, double) {
  check_chains(restricted_system<TestType>(4, 3, 0.8), 1);
  check_chains(restricted_system<TestType>(4, 3, 0.8), 0.4);
  check_chains(graph_system<TestType>(complete_graph(6), 0.8), 1);
  check_chains(polynomial_system<TestType>(7, cubic_terms(7), 0.8), 1);
}

TEMPLATE_TEST_CASE("chains give the gradient of log Z", "[boltzmann]", float, double) {
  check_log_z_gradient(restricted_system<TestType>(4, 3, 0.8));
  check_log_z_gradient(graph_system<TestType>(ring(7), 0.8));
  check_log_z_gradient(polynomial_system<TestType>(7, cubic_terms(7), 0.8));
}

TEST_CASE("chains go on with the same bits, and allocate nothing", "[boltzmann]") {
  const restricted_system<float> system(21, 37, 0.3);
  const auto model = system.model();
  chains<float> whole(model, 13), first(model, 13), other(model, 13, hash_name("other"));
  whole.start(8), first.start(8), other.start(8);
  CHECK_FALSE(std::ranges::equal(whole.states(), other.states()));
  std::vector<float> gradient(system.theta.size());
  const auto shaped = system.shape(std::span<float>(gradient));

  const std::size_t before = allocations;
  for (std::uint64_t step = 0; step < 6; ++step) whole.sweep(model, 8, step, 3);
  whole.add_log_z_gradient(model, 1.0f, shaped);
  CHECK(allocations == before);

  for (std::uint64_t step = 0; step < 2; ++step) first.sweep(model, 8, step, 3);
  chains<float> resumed(model, 13);
  std::ranges::copy(std::as_const(first).states(), resumed.states().begin());
  for (std::uint64_t step = 2; step < 6; ++step) resumed.sweep(model, 8, step, 3);
  CHECK(std::ranges::equal(whole.states(), resumed.states()));
  resumed.sweep(model, 8, 6, 1), whole.sweep(model, 9, 6, 1);
  CHECK_FALSE(std::ranges::equal(whole.states(), resumed.states()));

  // A chain does not depend on how many others there are.
  const polynomial_system<double> cubic(12, cubic_terms(12), 1);
  chains<double> few(cubic.model(), 3), many(cubic.model(), 10);
  few.start(1), many.start(1);
  few.sweep(cubic.model(), 1, 0, 5), many.sweep(cubic.model(), 1, 0, 5);
  CHECK(std::ranges::equal(few.states(), many.states().first(36)));
}
