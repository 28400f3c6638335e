#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "count_allocations.hpp"
#include "runtime_boltzmann_systems.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/boltzmann/boltzmann.hpp>

using namespace variad;
using namespace variad::internals;
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

TEMPLATE_TEST_CASE("odds from tables are those of the energy", "[boltzmann]", float, double) {
  // Of factors where no exponential can leave its range, and of sums elsewhere.
  using T = TestType;
  const double ulp = static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const auto& [n1, n2, scale] : {std::tuple{1u, 1u, 0.3},
                                      {3u, 70u, 0.3},
                                      {65u, 16u, 0.3},
                                      {130u, 37u, 0.3},
                                      {65u, 16u, 300.0},
                                      {130u, 37u, 300.0}}) {
    const restricted_system<T> system(n1, n2, scale);
    const auto model = system.model();
    chains<T> states(model, 5);
    states.start(2);
    odds_tables<T> tables(n1, n2);
    tables.fill(model.bias(1), model.couplings().data(), 1, n1, T(0.5));
    REQUIRE(tables.factors() == (scale < 1));
    std::vector<T> want(5 * n2);
    model.fields(1, states.rows(), want.data());
    for (std::size_t c = 0; c < 5; ++c) {
      std::vector<std::uint64_t> bits((n1 + 63) / 64, 0);
      for (std::size_t i = 0; i < n1; ++i)
        bits[i / 64] |= std::uint64_t{states.rows()[c][i] != 0} << i % 64;
      std::vector<std::uint16_t> places(tables.place_count());
      tables.places(bits.data(), places.data());
      for (std::size_t o = 0; o < n2; ++o) {
        alignas(64) std::array<T, lanes<T>> odds;
        tables.odds(o / lanes<T>, places.data()).store_aligned(odds.data());
        const double field = 0.5 * static_cast<double>(want[c * n2 + o]),
                     found = static_cast<double>(odds[o % lanes<T>]);
        // Rounding of as many sums as there are inputs, each of the size of the weights.
        const double error = ulp * n1 * (2 + scale);
        if (std::abs(field) < static_cast<double>(odds_tables<T>::largest_field))
          REQUIRE(std::log(found) == Approx(field).margin(error));
        else
          REQUIRE((field > 0 ? found > 1e30 : found < 1e-30));
      }
    }
  }
}

TEMPLATE_TEST_CASE("odds at the limit of their range are finite", "[boltzmann]", float, double) {
  // 40 inputs of one weight and its negative by turns: the sums of some of them reach the limit
  // from both sides, though that of all is small. The last of the units alone has weights.
  using T = TestType;
  constexpr std::size_t inputs = 40, units = 2 * lanes<T> + 1;
  for (const double share : {0.999, 1.001}) {
    const T weight = odds_tables<T>::largest_field / T(20) * static_cast<T>(share);
    std::vector<T> bias(units, T(0)), w(inputs * units, T(0));
    for (std::size_t i = 0; i < inputs; ++i)
      w[i * units + units - 1] = i % 2 == 0 ? weight : -weight;
    odds_tables<T> tables(inputs, units);
    tables.fill(bias, w.data(), units, 1, T(1));
    REQUIRE(tables.factors() == (share < 1));
    for (const auto& [bits, sign] :
         {std::pair{0xffffffffffull, 0}, {0x5555555555ull, 1}, {0xaaaaaaaaaaull, -1}, {0ull, 0}}) {
      const std::uint64_t state = bits;
      std::vector<std::uint16_t> places(tables.place_count());
      tables.places(&state, places.data());
      alignas(64) std::array<T, lanes<T>> odds;
      tables.odds(2, places.data()).store_aligned(odds.data());
      REQUIRE(std::isnormal(odds[0]));
      REQUIRE(std::log(static_cast<double>(odds[0])) ==
              Approx(sign * 20 * static_cast<double>(weight)).margin(1e-4));
      tables.odds(0, places.data()).store_aligned(odds.data());
      REQUIRE(odds[0] == T(1));
    }
  }
}

TEMPLATE_TEST_CASE("sweeps of two groups are those of any energy", "[boltzmann]", float, double) {
  // The random numbers are the same ones, and no field is so near the threshold that its rounding
  // decides.
  using T = TestType;
  const double scale = GENERATE(0.3, 300.0);
  const restricted_system<T> system(70, 37, scale);
  const auto model = system.model();
  chains<T> sampler(model, 9);
  sampler.start(4);
  std::vector<T> want(sampler.states().begin(), sampler.states().end()), fields(9 * 70);
  sampler.sweep(model, 5, 6, 8, T(0.7));
  const stream_key key = make_stream(5, 6, hash_name("chains"));
  for (std::uint32_t s = 0; s < 8; ++s)
    for (std::uint32_t b = 0; b < 2; ++b) {
      const unit_block block = model.blocks()[b];
      model.fields(b, {want.data(), 9, 107}, fields.data());
      for (T& f : fields) f *= T(0.7);
      for (std::uint32_t c = 0; c < 9; ++c)
        draw_block(row_stream(key, b, c), s, block, fields.data() + c * block.size,
                   want.data() + c * 107);
    }
  CHECK(std::ranges::equal(sampler.states(), want));
}

TEST_CASE("chains do not depend on the threads that share them", "[boltzmann]") {
  const restricted_system<float> system(70, 37, 0.3);
  const auto model = system.model();
  chains<float> alone(model, 11), shared(model, 11);
  alone.start(4), shared.start(4);
  thread_pool pool(3);
  alone.sweep(model, 5, 6, 20);
  shared.sweep(model, 5, 6, 20, 1, &pool);
  CHECK(std::ranges::equal(alone.states(), shared.states()));
}

TEST_CASE("chains refuse a model of other groups, and no sweep leaves them as they are",
          "[boltzmann]") {
  const restricted_system<float> system(6, 3, 0.3), other(3, 6, 0.3), third(5, 4, 0.3);
  chains<float> sampler(system.model(), 4);
  sampler.start(1);
  sampler.sweep(system.model(), 1, 0, 3);
  const std::vector<float> before(sampler.states().begin(), sampler.states().end());
  sampler.sweep(system.model(), 1, 1, 0);
  CHECK(std::ranges::equal(sampler.states(), before));
  CHECK_THROWS_AS(sampler.sweep(other.model(), 1, 1, 1), variad::error);
  CHECK_THROWS_AS(sampler.sweep(third.model(), 1, 1, 1), variad::error);
}
