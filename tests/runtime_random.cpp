#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/random/gamma_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <catch2/catch.hpp>

#include <variad/runtime/random/random.hpp>

using namespace variad;
using namespace variad::internals;

namespace {

constexpr stream_key test_stream = make_stream(20240229, 7, hash_name("z"));

// Every sampler as an object, so that the laws below are written once.
struct uniform_sampler {
  template <class T>
  void operator()(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) const {
    fill_uniform(row, out, n, draw);
  }
  static double cdf(double x) { return x; }
};
struct gumbel_sampler {
  template <class T>
  void operator()(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) const {
    fill_gumbel(row, out, n, draw);
  }
  static double cdf(double x) { return std::exp(-std::exp(-x)); }
};
struct logistic_sampler {
  template <class T>
  void operator()(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) const {
    fill_logistic(row, out, n, draw);
  }
  static double cdf(double x) { return 1 / (1 + std::exp(-x)); }
};
struct laplace_sampler {
  template <class T>
  void operator()(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) const {
    fill_laplace(row, out, n, draw);
  }
  static double cdf(double x) { return x < 0 ? std::exp(x) / 2 : 1 - std::exp(-x) / 2; }
};
struct normal_sampler {
  template <class T>
  void operator()(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) const {
    fill_normal(row, out, n, draw);
  }
  static double cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
};
// Logits that rise with the place; it has no continuous distribution function.
struct bernoulli_sampler {
  template <class T>
  void operator()(stream_key row, T* out, std::size_t n, std::uint32_t draw = 0) const {
    std::vector<T> logits(n);
    for (std::size_t i = 0; i < n; ++i) logits[i] = static_cast<T>(i % 7) - T(3);
    fill_bernoulli(row, logits.data(), out, n, draw);
  }
};

// sqrt(N) times the distance of Kolmogorov and Smirnov.
template <class Cdf>
double kolmogorov(std::vector<double> values, Cdf cdf) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double p = cdf(values[i]), rank = static_cast<double>(i);
    distance = std::max({distance, p - rank / n, (rank + 1) / n - p});
  }
  return distance * std::sqrt(n);
}
// False-alarm rate 2 exp(-2 * 2.7²) = 9e-7 for one comparison.
constexpr double kolmogorov_bound = 2.7;
// False-alarm rate 6e-7 for one comparison of a standard normal statistic.
constexpr double normal_bound = 5.0;

template <class T, class Sampler>
std::vector<double> rows_of(const Sampler& sampler, std::size_t rows, std::size_t n) {
  std::vector<T> row(n);
  std::vector<double> result;
  for (std::uint32_t r = 0; r < rows; ++r) {
    sampler(row_stream(test_stream, 0, r), row.data(), n);
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

// Word w of a row's stream, by the layout that words.hpp states.
std::uint32_t word(stream_key row, std::uint32_t draw, std::uint32_t w) {
  std::uint32_t x0 = 16 * (w / 32) + w % 16, x1 = draw;
  threefry(row.k0, row.k1, x0, x1);
  return w % 32 < 16 ? x0 : x1;
}

}  // namespace

TEST_CASE("Threefry2x32-20 gives the known answers of Random123", "[random]") {
  struct answer {
    std::uint32_t k0, k1, c0, c1, r0, r1;
  };
  constexpr std::uint32_t ones = 0xffffffffu;
  for (const answer& a :
       {answer{0, 0, 0, 0, 0x6b200159, 0x99ba4efe},
        answer{ones, ones, ones, ones, 0x1cb996fc, 0xbb002be7},
        answer{0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0}}) {
    std::uint32_t x0 = a.c0, x1 = a.c1;
    threefry(a.k0, a.k1, x0, x1);
    CHECK(x0 == a.r0);
    CHECK(x1 == a.r1);
    batch<std::uint32_t> v0(a.c0), v1(a.c1);
    threefry(a.k0, a.k1, v0, v1);
    for (std::size_t i = 0; i < lanes<std::uint32_t>; ++i) {
      CHECK(v0.get(i) == a.r0);
      CHECK(v1.get(i) == a.r1);
    }
  }
}

TEST_CASE("Threefry of a batch is that of its lanes", "[random]") {
  std::mt19937 engine(1);
  for (int round = 0; round < 50; ++round) {
    const auto next = [&] { return static_cast<std::uint32_t>(engine()); };
    const std::uint32_t k0 = next(), k1 = next();
    std::uint32_t c0[lanes<std::uint32_t>], c1[lanes<std::uint32_t>];
    for (std::size_t i = 0; i < lanes<std::uint32_t>; ++i) c0[i] = next(), c1[i] = next();
    batch<std::uint32_t> v0 = load(c0), v1 = load(c1);
    threefry(k0, k1, v0, v1);
    for (std::size_t i = 0; i < lanes<std::uint32_t>; ++i) {
      threefry(k0, k1, c0[i], c1[i]);
      REQUIRE(v0.get(i) == c0[i]);
      REQUIRE(v1.get(i) == c1[i]);
    }
  }
}

TEST_CASE("threefry_engine is an engine", "[random]") {
  static_assert(std::uniform_random_bit_generator<threefry_engine>);
  threefry_engine engine;
  CHECK(engine() == 0x6b200159u);
  CHECK(engine() == 0x99ba4efeu);
  for (const std::uint64_t skip : {0u, 1u, 2u, 7u, 100u}) {
    for (const int before : {0, 1}) {
      threefry_engine stepped(123), jumped(123);
      for (int i = 0; i < before; ++i) stepped(), jumped();
      for (std::uint64_t i = 0; i < skip; ++i) stepped();
      jumped.discard(skip);
      REQUIRE(stepped == jumped);
      std::stringstream text;
      text << jumped;
      threefry_engine restored;
      text >> restored;
      REQUIRE(restored == jumped);
      for (int i = 0; i < 5; ++i) {
        const auto want = stepped();
        REQUIRE(jumped() == want);
        REQUIRE(restored() == want);
      }
    }
  }
  CHECK_FALSE(threefry_engine(1) == threefry_engine(2));
  CHECK(threefry_engine(1, 2) == threefry_engine((std::uint64_t(2) << 32) | 1));
  std::seed_seq sequence{1, 2, 3};
  CHECK_FALSE(threefry_engine(sequence) == threefry_engine());

  const std::vector<std::uint32_t> words{4, 5, 6};
  auto first = words.begin();
  CHECK(threefry_engine(first, words.end()) == threefry_engine(4, 5));
  CHECK(first == words.begin() + 2);
  CHECK_THROWS_AS(engine.seed(first, words.end()), error);
  CHECK(engine_of({4, 5}) == threefry_engine(4, 5));
}

TEST_CASE("Boost's distributions run on threefry_engine", "[random]") {
  threefry_engine engine(5);
  boost::random::normal_distribution<double> normal;
  boost::random::uniform_01<double> uniform;
  boost::random::gamma_distribution<double> gamma(1.0);
  std::vector<double> normals(50000), uniforms(50000), gammas(50000);
  for (double& x : normals) x = normal(engine);
  for (double& x : uniforms) x = uniform(engine);
  for (double& x : gammas) x = gamma(engine);
  CHECK(kolmogorov(normals, normal_sampler::cdf) < kolmogorov_bound);
  CHECK(kolmogorov(uniforms, uniform_sampler::cdf) < kolmogorov_bound);
  CHECK(kolmogorov(gammas, [](double x) { return -std::expm1(-x); }) < kolmogorov_bound);
}

TEST_CASE("names hash by FNV-1a", "[random]") {
  static_assert(hash_name("") == 0xcbf29ce484222325u);
  static_assert(hash_name("a") == 0xaf63dc4c8601ec8cu);
  static_assert(hash_name("foobar") == 0x85944171f73967e8u);
}

TEST_CASE("streams differ in seed, step, name, sample and row", "[random]") {
  const auto key = [](std::uint64_t seed, std::uint64_t step, const char* name,
                      std::uint32_t sample, std::uint32_t row) {
    return row_stream(make_stream(seed, step, hash_name(name)), sample, row);
  };
  std::vector<stream_key> keys;
  const std::uint64_t high = std::uint64_t(1) << 32;
  for (const std::uint64_t seed : {std::uint64_t(0), std::uint64_t(1), high}) {
    for (const std::uint64_t step : {std::uint64_t(0), std::uint64_t(1), high}) {
      for (const char* name : {"z", "y"}) {
        for (std::uint32_t sample = 0; sample < 3; ++sample) {
          for (std::uint32_t row = 0; row < 3; ++row)
            keys.push_back(key(seed, step, name, sample, row));
        }
      }
    }
  }
  const auto as_number = [](stream_key k) { return (std::uint64_t(k.k0) << 32) | k.k1; };
  std::vector<std::uint64_t> numbers(keys.size());
  std::transform(keys.begin(), keys.end(), numbers.begin(), as_number);
  std::sort(numbers.begin(), numbers.end());
  // Equal by chance with probability 162² / 2^65 = 7e-16.
  CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
  static_assert(make_stream(1, 2, 3) == make_stream(1, 2, 3));
}

TEST_CASE("uniform values are made from words in the stated layout", "[random]") {
  const stream_key row = row_stream(test_stream, 3, 9);
  for (const std::uint32_t draw : {0u, 5u}) {
    std::vector<float> single(101);
    std::vector<double> twice(101);
    fill_uniform(row, single.data(), single.size(), draw);
    fill_uniform(row, twice.data(), twice.size(), draw);
    for (std::uint32_t j = 0; j < 101; ++j) {
      REQUIRE(single[j] == std::ldexp(static_cast<float>(word(row, draw, j) >> 9) + 0.5f, -23));
      const std::uint64_t pair =
          (std::uint64_t(word(row, draw, 2 * j + 1)) << 32) | word(row, draw, 2 * j);
      REQUIRE(twice[j] == std::ldexp(static_cast<double>(pair >> 12) + 0.5, -52));
    }
  }
}

TEMPLATE_TEST_CASE("open_uniform stays within (0, 1) and flip_sign flips", "[random]", float,
                   double) {
  using T = TestType;
  using bits = batch<bits_of<T>>;
  const T least = open_uniform<T>(bits(0)).get(0);
  const T greatest = open_uniform<T>(bits(std::numeric_limits<bits_of<T>>::max())).get(0);
  CHECK(least > T(0));
  CHECK(greatest < T(1));
  CHECK(least == T(1) - greatest);
  CHECK(flip_sign<T>(batch<T>(T(2)), bits(1)).get(0) == T(-2));
  CHECK(flip_sign<T>(batch<T>(T(2)), bits(2)).get(0) == T(2));
}

TEMPLATE_TEST_CASE("a value does not depend on how many are drawn", "[random]", uniform_sampler,
                   gumbel_sampler, logistic_sampler, laplace_sampler, normal_sampler,
                   bernoulli_sampler) {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const TestType sampler;
    const stream_key row = row_stream(test_stream, 1, 2);
    const std::size_t most = 100;
    std::vector<T> all(most), other_draw(most);
    sampler(row, all.data(), most);
    sampler(row, other_draw.data(), most, 1);
    CHECK(all != other_draw);
    for (std::size_t n = 0; n < most; ++n) {
      std::vector<T> some(most, T(99));
      sampler(row, some.data(), n);
      using bits = bits_of<T>;
      for (std::size_t i = 0; i < n; ++i) {
        REQUIRE(std::bit_cast<bits>(some[i]) == std::bit_cast<bits>(all[i]));
      }
      for (std::size_t i = n; i < most; ++i) REQUIRE(some[i] == T(99));
    }
  };
  check(0.0f);
  check(0.0);
}

TEST_CASE("rows that are filled a register at a time have the bits of each by itself", "[random]") {
  const auto check = [](auto noise, auto zero) {
    using N = decltype(noise);
    using T = decltype(zero);
    constexpr std::size_t most = row_streams::rows;
    for (const std::size_t n : {1u, 2u, 3u, 5u, 8u, 9u, 17u, 33u, 40u})
      for (const std::uint32_t draw : {0u, 3u})
        for (std::size_t rows = 1; rows <= most; ++rows) {
          std::array<std::uint32_t, most> sample{}, row{};
          for (std::size_t l = 0; l < most; ++l) {
            sample[l] = static_cast<std::uint32_t>(n + l % 2);
            row[l] = static_cast<std::uint32_t>(200 - 7 * l);
          }
          std::vector<T> together(rows * n + 1, T(99)), alone(n);
          fill_rows<N, T>(row_streams(test_stream, sample, row), rows, together.data(), n, draw);
          REQUIRE(together.back() == T(99));
          for (std::size_t r = 0; r < rows; ++r) {
            fill_row<N>(row_stream(test_stream, sample[r], row[r]), alone.data(), n, draw);
            for (std::size_t j = 0; j < n; ++j)
              REQUIRE(std::bit_cast<bits_of<T>>(together[r * n + j]) ==
                      std::bit_cast<bits_of<T>>(alone[j]));
          }
        }
  };
  const auto check_both = [&](auto noise) {
    check(noise, 0.0f);
    check(noise, 0.0);
  };
  check_both(standard_uniform{});
  check_both(standard_gumbel{});
  check_both(standard_logistic{});
  check_both(standard_laplace{});
  check_both(standard_normal{});
}

TEMPLATE_TEST_CASE("samplers against their distribution functions", "[random]", uniform_sampler,
                   gumbel_sampler, logistic_sampler, laplace_sampler, normal_sampler) {
  const TestType sampler;
  // Long rows, and rows that never fill a register of the second half.
  for (const std::size_t n : {1000u, 20u, 3u}) {
    const std::size_t rows = 120000 / n;
    CHECK(kolmogorov(rows_of<float>(sampler, rows, n), TestType::cdf) < kolmogorov_bound);
    CHECK(kolmogorov(rows_of<double>(sampler, rows, n), TestType::cdf) < kolmogorov_bound);
  }
}

TEMPLATE_TEST_CASE("normal values: moments, tails and independence of pairs", "[random]", float,
                   double) {
  const std::size_t block = 64 / sizeof(TestType) * 2, half = block / 2;
  const std::vector<double> x = rows_of<TestType>(normal_sampler{}, 2000, 16 * block);
  const double n = static_cast<double>(x.size());
  double first = 0, second = 0, third = 0, fourth = 0, beyond_three = 0, beyond_four = 0;
  double product = 0, squares = 0, pairs = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double square = x[i] * x[i];
    first += x[i], second += square, third += square * x[i], fourth += square * square;
    beyond_three += std::abs(x[i]) > 3, beyond_four += std::abs(x[i]) > 4;
    if (i % block < half) {
      const double partner = x[i + half];
      product += x[i] * partner, squares += (square - 1) * (partner * partner - 1), pairs += 1;
    }
  }
  CHECK(std::abs(first) / std::sqrt(n) < normal_bound);
  CHECK(std::abs(second - n) / std::sqrt(2 * n) < normal_bound);
  CHECK(std::abs(third) / std::sqrt(15 * n) < normal_bound);
  CHECK(std::abs(fourth - 3 * n) / std::sqrt(96 * n) < normal_bound);
  const auto count_is = [&](double count, double sigma) {
    const double expected = n * std::erfc(sigma / std::sqrt(2.0));
    return std::abs(count - expected) / std::sqrt(expected) < normal_bound;
  };
  CHECK(count_is(beyond_three, 3));
  CHECK(count_is(beyond_four, 4));
  CHECK(std::abs(product) / std::sqrt(pairs) < normal_bound);
  CHECK(std::abs(squares) / std::sqrt(4 * pairs) < normal_bound);
}

TEMPLATE_TEST_CASE("bernoulli values have the probabilities of their logits", "[random]", float,
                   double) {
  using T = TestType;
  const T inf = std::numeric_limits<T>::infinity();
  const std::vector<T> logits = {T(-4), T(-1),    T(0),   T(0.5),  T(3), inf,
                                 -inf,  T(-0.25), T(100), T(-100), T(1)};
  const std::size_t n = logits.size();
  std::vector<double> ones(n);
  std::vector<T> out(n), noise(n);
  const double rows = 40000;
  for (std::uint32_t r = 0; r < 40000; ++r) {
    const stream_key row = row_stream(test_stream, 2, r);
    fill_bernoulli(row, logits.data(), out.data(), n);
    fill_logistic(row, noise.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE((out[i] == T(0) || out[i] == T(1)));
      const T threshold = logits[i] + noise[i];
      // The two round differently, so they may differ at the threshold itself.
      if (std::abs(threshold) > T(1e-4)) REQUIRE(out[i] == (threshold > T(0) ? T(1) : T(0)));
      ones[i] += static_cast<double>(out[i]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double p = 1 / (1 + std::exp(-static_cast<double>(logits[i])));
    INFO("logit " << logits[i]);
    CHECK(std::abs(ones[i] - rows * p) <= normal_bound * std::sqrt(rows * p * (1 - p)) + 1e-6);
  }
}
