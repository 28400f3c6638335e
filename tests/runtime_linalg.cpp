#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/runtime/error.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/linalg/cholesky.hpp>
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
  const std::size_t m = 5, n = 7, k = 3, pad = 2;
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      const std::size_t lda = (ta ? m : k) + pad, ldb = (tb ? k : n) + pad, ldc = n + pad;
      const auto a = random_vector<T>((ta ? k : m) * lda, 1),
                 b = random_vector<T>((tb ? n : k) * ldb, 2);
      auto c = random_vector<T>(m * ldc, 3);
      const auto before = c;
      gemm(ta, tb, m, n, k, 2, a.data(), lda, b.data(), ldb, 0.5, c.data(), ldc);
      for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < ldc; ++j) {
          T want = before[i * ldc + j];
          if (j < n) {
            T sum = 0;
            for (std::size_t l = 0; l < k; ++l) {
              sum +=
                  (ta ? a[l * lda + i] : a[i * lda + l]) * (tb ? b[j * ldb + l] : b[l * ldb + j]);
            }
            want = T(0.5) * want + T(2) * sum;
          }
          REQUIRE(c[i * ldc + j] == near(want));
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("gemv, ger, dot and axpy", "[linalg]", float, double) {
  using T = TestType;
  const std::size_t m = 5, n = 7, lda = 9;
  const auto a = random_vector<T>(m * lda, 1);
  for (const bool t : {false, true}) {
    const std::size_t rows = t ? n : m, columns = t ? m : n;
    const auto x = random_vector<T>(columns, 2);
    auto y = random_vector<T>(rows, 3);
    const auto before = y;
    gemv(t, m, n, 2, a.data(), lda, x.data(), -1, y.data());
    for (std::size_t i = 0; i < rows; ++i) {
      T sum = 0;
      for (std::size_t j = 0; j < columns; ++j) sum += (t ? a[j * lda + i] : a[i * lda + j]) * x[j];
      REQUIRE(y[i] == near(T(2) * sum - before[i]));
    }
  }
  const auto x = random_vector<T>(m, 4), y = random_vector<T>(n, 5);
  auto updated = a;
  ger(m, n, 3, x.data(), y.data(), updated.data(), lda);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < lda; ++j) {
      REQUIRE(updated[i * lda + j] == near(a[i * lda + j] + (j < n ? T(3) * x[i] * y[j] : T(0))));
    }
  }
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
    // A positive definite matrix; the NaN above the diagonal would show if it were read.
    const auto root = random_vector<T>(n * n, 6);
    std::vector<T> a(n * ld, std::numeric_limits<T>::quiet_NaN());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        a[i * ld + j] = (i == j ? T(1) : T(0)) + dot(n, &root[i * n], &root[j * n]);
      }
    }
    auto l = a;
    cholesky(n, l.data(), ld);
    const auto x = random_vector<T>(n, 7);
    auto y = x;
    lower_transpose_multiply(n, l.data(), ld, y.data());
    lower_multiply(n, l.data(), ld, y.data());
    for (std::size_t i = 0; i < n; ++i) {
      T want = 0;
      for (std::size_t j = 0; j < n; ++j) want += (j <= i ? a[i * ld + j] : a[j * ld + i]) * x[j];
      REQUIRE(y[i] == near(want));
    }
    lower_solve(n, l.data(), ld, y.data());
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

TEST_CASE("cholesky refuses an indefinite matrix", "[linalg]") {
  double a[] = {1.0, 0.0, 2.0, 1.0};
  CHECK_THROWS_AS(cholesky(2, a, 2), error);
}
