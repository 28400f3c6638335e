#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/linalg/cholesky.hpp>
#include <variad/runtime/linalg/sparse_rows.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/simd/batch.hpp>

using namespace variad;

namespace {

template <class T>
std::vector<T> random_vector(std::size_t n, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<T> result(n);
  for (T& x : result) x = std::uniform_real_distribution<T>(-1, 1)(engine);
  return result;
}

template <class T>
Approx near(T x) {
  const double tolerance = std::is_same_v<T, float> ? 1e-4 : 1e-11;
  return Approx(static_cast<double>(x)).epsilon(tolerance).margin(tolerance);
}

}  // namespace

TEMPLATE_TEST_CASE("gemm in all four forms, with leading dimensions", "[linalg]", float, double) {
  using T = TestType;
  use_one_blas_thread();
  struct sides {
    std::size_t m, n, k;
  };
  // Those with a short side are cut in blocks, some of them uneven, if their rows begin on cache
  // lines or b does.
  const auto [m, n, k] = GENERATE(sides{5, 7, 3}, sides{50, 131, 301}, sides{251, 70, 60},
                                  sides{93, 130, 107}, sides{3, 420, 1001}, sides{90, 1000, 60},
                                  sides{70, 130, 140}, sides{200, 60, 100}, sides{160, 110, 70});
  const bool ta = GENERATE(false, true), tb = GENERATE(false, true);
  const bool on_lines = GENERATE(false, true);
  const T beta = GENERATE(T(0), T(0.5));
  const auto leading = [&](std::size_t size) {
    return on_lines ? (size + 31) / 16 * 16 : size + 2;
  };
  const std::size_t lda = leading(ta ? m : k), ldb = leading(tb ? k : n), ldc = leading(n);
  const auto aligned = [](std::size_t size, unsigned seed) {
    const auto from = random_vector<T>(size, seed);
    aligned_buffer<T> to(size);
    std::copy(from.begin(), from.end(), to.begin());
    return to;
  };
  const auto a = aligned((ta ? k : m) * lda, 1), b = aligned((tb ? n : k) * ldb, 2);
  const auto before = random_vector<T>(m * ldc, 3);
  auto c = aligned(m * ldc, 3);
  if (beta == T(0))  // need not be initialised
    for (std::size_t i = 0; i < m; ++i)
      std::fill_n(c.data() + i * ldc, n, std::numeric_limits<T>::quiet_NaN());
  gemm(ta, tb, m, n, k, 2, a.data(), lda, b.data(), ldb, beta, c.data(), ldc);
  double furthest = 0;
  bool padding_untouched = true, finite = true;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = n; j < ldc; ++j)
      padding_untouched &= c[i * ldc + j] == before[i * ldc + j];
    for (std::size_t j = 0; j < n; ++j) {
      double want = static_cast<double>(beta * before[i * ldc + j]);
      for (std::size_t l = 0; l < k; ++l)
        want += 2 * static_cast<double>((ta ? a[l * lda + i] : a[i * lda + l]) *
                                        (tb ? b[j * ldb + l] : b[l * ldb + j]));
      finite &= std::isfinite(c[i * ldc + j]);
      furthest = std::max(furthest, std::abs(static_cast<double>(c[i * ldc + j]) - want));
    }
  }
  CAPTURE(m, n, k, ta, tb, on_lines, beta);
  CHECK(padding_untouched);
  CHECK(finite);
  CHECK(furthest < (std::is_same_v<T, float> ? 1e-4 : 1e-11));
}

TEMPLATE_TEST_CASE("dot and axpy", "[linalg]", float, double) {
  using T = TestType;
  const std::size_t n = 7;
  const auto y = random_vector<T>(n, 5);
  auto z = y;
  axpy(n, -2, y.data(), z.data());
  T squares = 0;
  for (std::size_t j = 0; j < n; ++j) {
    REQUIRE(z[j] == near(-y[j]));
    squares += y[j] * y[j];
  }
  CHECK(dot(n, y.data(), z.data()) == near(-squares));
  CHECK(dot(std::size_t(0), y.data(), z.data()) == T(0));
}

TEMPLATE_TEST_CASE("the triangular helpers undo each other", "[linalg]", float, double) {
  using T = TestType;
  for (const std::size_t n : {1u, 2u, 5u, 9u}) {
    const std::size_t ld = n + 1;
    // The NaN above the diagonal would show if it were read.
    const auto entries = random_vector<T>(n * n, 6);
    std::vector<T> l(n * ld, std::numeric_limits<T>::quiet_NaN());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < i; ++j) l[i * ld + j] = entries[i * n + j];
      l[i * ld + i] = T(1.5) + entries[i * n + i];
    }
    const auto x = random_vector<T>(n, 7);
    auto y = x;
    lower_multiply(n, l.data(), ld, y.data());
    for (std::size_t i = 0; i < n; ++i) {
      T want = 0;
      for (std::size_t j = 0; j <= i; ++j) want += l[i * ld + j] * x[j];
      REQUIRE(y[i] == near(want));
    }
    lower_solve(n, l.data(), ld, y.data());
    for (std::size_t i = 0; i < n; ++i) REQUIRE(y[i] == near(x[i]));
    for (std::size_t i = 0; i < n; ++i) {  // Lᵀ x
      y[i] = 0;
      for (std::size_t j = i; j < n; ++j) y[i] += l[j * ld + i] * x[j];
    }
    lower_transpose_solve(n, l.data(), ld, y.data());
    for (std::size_t i = 0; i < n; ++i) REQUIRE(y[i] == near(x[i]));
    T product = 1;
    for (std::size_t i = 0; i < n; ++i) product *= l[i * ld + i];
    CHECK(lower_log_determinant(n, l.data(), ld) == near(std::log(product)));
  }
}

TEST_CASE("the triangular helpers take a batch of systems", "[linalg]") {
  using V = batch<double>;
  const V l[] = {V(2.0), V(0.0), V(1.0), V(4.0)};
  V x[] = {V(3.0), V(5.0)};
  lower_multiply(2, l, 2, x);
  CHECK(x[0].get(0) == 6.0);
  CHECK(x[1].get(0) == 23.0);
  lower_solve(2, l, 2, x);
  CHECK(x[1].get(0) == Approx(5.0));
  CHECK(lower_log_determinant(2, l, 2).get(0) == Approx(std::log(8.0)));
}

TEMPLATE_TEST_CASE("products with rows that are mostly zeros", "[linalg]", float, double) {
  using T = TestType;
  use_one_blas_thread();
  // Rows and inputs beyond what is taken at a time; widths that fill no register, or many.
  for (const auto& [rows, k] : {std::pair{1u, 1u}, {3u, 20u}, {300u, 33u}, {2u, 3000u}})
    for (const std::size_t n : {1u, 16u, 17u, 70u, 200u}) {
      std::vector<T> x(rows * k, T(0));
      std::mt19937 engine(rows);
      for (T& v : x)
        if (engine() % 10 == 0) v = static_cast<T>(engine() % 3) - T(0.5);
      const auto w = random_vector<T>(k * n, 4), y = random_vector<T>(rows * n, 5);
      auto product = y, want = y;
      add_sparse_product<T>(rows, n, k, x.data(), w.data(), product.data());
      gemm<T>(false, false, rows, n, k, 1, x.data(), k, w.data(), n, 1, want.data(), n);
      for (std::size_t i = 0; i < want.size(); ++i) REQUIRE(product[i] == near(want[i]));
      auto outer = w, want_outer = w;
      add_sparse_outer_product<T>(rows, n, k, x.data(), k, y.data(), n, outer.data(), n);
      gemm<T>(true, false, k, n, rows, 1, x.data(), k, y.data(), n, 1, want_outer.data(), n);
      for (std::size_t i = 0; i < outer.size(); ++i) REQUIRE(outer[i] == near(want_outer[i]));
    }
}

TEMPLATE_TEST_CASE("what is mostly zeros", "[linalg]", float, double) {
  std::vector<TestType> x(160, TestType(0));
  CHECK(is_sparse(x.data(), 4, 40, 40));
  for (std::size_t i = 0; i < 20; ++i) x[i * 7] = TestType(-1);
  CHECK(is_sparse(x.data(), 4, 40, 40));
  x[159] = TestType(2);
  CHECK_FALSE(is_sparse(x.data(), 4, 40, 40));
}

TEMPLATE_TEST_CASE("NaN among zeros shows", "[linalg]", float, double) {
  using T = TestType;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  // In a whole register, and in what is left over.
  for (const std::size_t at : {2u, 36u}) {
    std::vector<T> x(37, T(0)), w(37 * 3, T(1)), y(3, T(0)), outer(37 * 3, T(0));
    const std::vector<T> many(37, nan);
    CHECK_FALSE(is_sparse(many.data(), 1, 37, 37));
    x[at] = nan;
    add_sparse_product<T>(1, 3, 37, x.data(), w.data(), y.data());
    for (const T v : y) CHECK(std::isnan(v));
    const std::vector<T> ones(3, T(1));
    add_sparse_outer_product<T>(1, 3, 37, x.data(), 37, ones.data(), 3, outer.data(), 3);
    for (std::size_t j = 0; j < 3; ++j) CHECK(std::isnan(outer[at * 3 + j]));
  }
}
