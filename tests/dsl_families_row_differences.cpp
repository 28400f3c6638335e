#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/dsl/families/bernoulli_row_differences.hpp>
#include <variad/runtime/math/softplus_of_exponentials.hpp>
#include <variad/runtime/math/softplus_sum.hpp>

using namespace variad;
using namespace variad::internals;

namespace {

template <class T>
std::vector<T> uniform_vector(std::mt19937& engine, std::size_t n, double bound) {
  std::vector<T> out(n);
  std::uniform_real_distribution<double> draw(-bound, bound);
  for (T& x : out) x = static_cast<T>(draw(engine));
  return out;
}

double log_likelihood(double x, double h) {
  return x * h - (h > 0 ? h + std::log1p(std::exp(-h)) : std::log1p(std::exp(h)));
}

/// Costs of all one-site alternatives against Σ log Bernoulli(x; h + W[i, j] − W[i, z_i]).
template <class T>
void check(std::size_t width, bool binary, std::size_t k, double weights = 2) {
  const std::size_t n = binary ? 19 : 3, data_rows = 3, rows = 2 * data_rows;
  const std::size_t sites = binary ? n : n * k;
  std::mt19937 engine(static_cast<unsigned>(width));
  const auto h = uniform_vector<T>(engine, rows * width, 3);
  const auto w = uniform_vector<T>(engine, sites * width, weights);
  std::vector<T> x(data_rows * width), products(data_rows * sites),
      work(row_difference_call<T>::work_size(rows, k, width));
  for (T& v : x) v = static_cast<T>(engine() % 2);
  std::vector<std::size_t> z(rows * n);
  for (std::size_t& v : z) v = engine() % k;
  std::vector<T> costs(rows * n * k + 1, T(-1));
  // Samples outside the data, as replicates stand, or inside, as enumerated values do.
  std::vector<std::size_t> data_row(rows);
  for (std::size_t r = 0; r < rows; ++r) data_row[r] = width % 2 == 0 ? r % data_rows : r / 2;

  row_difference_call<T> call;
  call.rows = rows;
  call.variables = n;
  call.categories = k;
  call.width = width;
  call.hidden = h.data();
  call.weights = w.data();
  call.drawn = z.data();
  call.data = x.data();
  call.data_rows = data_rows;
  call.data_row = data_row.data();
  call.products = products.data();
  call.work = work.data();
  call.costs = costs.data();
  call.binary = binary;
  bernoulli_row_differences(call);

  REQUIRE(costs.back() == T(-1));
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < k; ++j) {
        // The row of W of a category; binary variables have one, of the value 1.
        const auto weight = [&](std::size_t c, std::size_t d) {
          if (binary) return c == 1 ? static_cast<double>(w[i * width + d]) : 0.0;
          return static_cast<double>(w[(i * k + c) * width + d]);
        };
        double want = 0;
        for (std::size_t d = 0; d < width; ++d)
          want += log_likelihood(
              static_cast<double>(x[data_row[r] * width + d]),
              static_cast<double>(h[r * width + d]) + weight(j, d) - weight(z[r * n + i], d));
        CAPTURE(width, binary, r, i, j);
        const double tolerance = std::is_same_v<T, float> ? 1e-5 : 1e-13;
        REQUIRE(static_cast<double>(costs[(r * n + i) * k + j]) ==
                Approx(want).epsilon(tolerance).margin(tolerance * 10));
      }
}

}  // namespace

TEMPLATE_TEST_CASE("Bernoulli costs of alternatives by weight rows", "[families]", float, double) {
  // 1037 is more than 64 registers of floats: several products of factors.
  for (const std::size_t width : {1u, 3u, 8u, 16u, 17u, 33u, 70u, 784u, 1037u}) {
    check<TestType>(width, false, 2);
    check<TestType>(width, false, 4);
    check<TestType>(width, true, 2);
    check<TestType>(width, false, 23);
    // Products of these could overflow, or their exponentials underflow.
    check<TestType>(width, false, 4, 12);
    check<TestType>(width, false, 4, 60);
    check<TestType>(width, true, 2, 60);
  }
}

TEMPLATE_TEST_CASE("sums of softplus", "[families]", float, double) {
  using T = TestType;
  std::mt19937 engine(5);
  for (const std::size_t n : {0u, 1u, 7u, 16u, 64u, 100u, 1024u, 1025u, 2100u})
    for (const double bound : {0.0, 1.0, 60.0}) {
      const auto x = uniform_vector<T>(engine, n, bound);
      double want = 0;
      for (const T t : x) want -= log_likelihood(0, static_cast<double>(t));
      const double tolerance = std::is_same_v<T, float> ? 2e-6 : 1e-13;
      REQUIRE(static_cast<double>(softplus_sum(x.data(), n)) ==
              Approx(want).epsilon(tolerance).margin(tolerance));
    }
}

TEMPLATE_TEST_CASE("sums of softplus from exponentials", "[families]", float, double) {
  using T = TestType;
  std::mt19937 engine(7);
  for (const std::size_t n : {0u, 1u, 7u, 16u, 64u, 100u, 784u, 1025u})
    for (const double bound :
         {0.0, 1.0, static_cast<double>(softplus_of_exponentials_limit<T>) / 2})
      for (const std::size_t rows : {1u, 3u, 10u, 11u, 23u}) {
        std::vector<T> u = uniform_vector<T>(engine, n, bound), sums(rows);
        std::vector<std::vector<T>> w;
        std::vector<double> want(rows);
        for (std::size_t j = 0; j < rows; ++j) {
          w.push_back(uniform_vector<T>(engine, n, bound));
          for (std::size_t i = 0; i < n; ++i)
            want[j] -= log_likelihood(0, static_cast<double>(u[i]) + static_cast<double>(w[j][i]));
          for (T& x : w[j]) x = std::exp(x);
        }
        for (T& x : u) x = std::exp(x);
        std::vector<const T*> row;
        for (const auto& r : w) row.push_back(r.data());
        softplus_of_exponentials<T>(u.data(), row, n, sums.data());
        const double tolerance = std::is_same_v<T, float> ? 2e-6 : 1e-13;
        for (std::size_t j = 0; j < rows; ++j)
          REQUIRE(static_cast<double>(sums[j]) ==
                  Approx(want[j]).epsilon(tolerance).margin(tolerance * 10));
      }
}

TEST_CASE("a product of factors keeps the error that it states", "[families]") {
  // Equal terms, whose errors add up; and ones that are lost beside 1.
  for (const std::size_t n : {784u, 8192u})
    for (const float t : {-15.0f, -10.0f, -3.0f, 0.0f, 4.0f, 20.0f}) {
      const std::vector<float> u(n, std::exp(t / 2)), w(n, std::exp(t / 2));
      const float* const row = w.data();
      float sum = 0;
      softplus_of_exponentials<float>(u.data(), {&row, 1}, n, &sum);
      const double exact = static_cast<double>(n) *
                           std::log1p(static_cast<double>(u[0]) * static_cast<double>(w[0]));
      const double ulp = std::ldexp(1.0, -23);
      // The logarithm is rounded, too.
      CHECK(std::abs(static_cast<double>(sum) - exact) <
            (static_cast<double>(n) + 40) * ulp + 4 * ulp * exact);
    }
}

TEST_CASE("exponentials that vanish count for nothing", "[families]") {
  // e^h underflows, whatever the weights: 784 outputs of a variable with two values.
  constexpr std::size_t d = 784;
  for (const float weight : {30.0f, 40.0f}) {
    const std::vector<float> h(d, -88.0f), x(d, 0.0f);
    std::vector<float> w(2 * d, -weight), products(2), costs(2),
        work(row_difference_call<float>::work_size(1, 2, d));
    std::fill(w.begin() + d, w.end(), weight);
    const std::size_t drawn = 0, data_row = 0;
    row_difference_call<float> call;
    call.rows = call.variables = call.data_rows = 1;
    call.categories = 2;
    call.width = d;
    call.hidden = h.data();
    call.weights = w.data();
    call.drawn = &drawn;
    call.data = x.data();
    call.data_row = &data_row;
    call.products = products.data();
    call.work = work.data();
    call.costs = costs.data();
    bernoulli_row_differences(call);
    const double want = d * log_likelihood(0, -88.0 + 2 * static_cast<double>(weight));
    CHECK(static_cast<double>(costs[1]) == Approx(want).epsilon(1e-5).margin(1e-6));
  }
}
