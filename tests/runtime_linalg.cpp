#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/linalg/cholesky.hpp>
#include <variad/runtime/linalg/row_products.hpp>
#include <variad/runtime/linalg/sparse_rows.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/reduce/reduce.hpp>
#include <variad/runtime/simd/batch.hpp>

using namespace variad;
using namespace variad::internals;

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

TEMPLATE_TEST_CASE("short products are made first and then added", "[linalg]", float, double) {
  using T = TestType;
  use_one_blas_thread();
  struct sides {
    std::size_t m, n;
  };
  const auto [m, n] = GENERATE(sides{1, 1}, sides{16, 200}, sides{100, 784}, sides{208, 200},
                               sides{33, 515}, sides{250, 10});
  const std::size_t k = GENERATE(std::size_t{1}, 7, 50, 64, 99, gemm_summands);
  const bool ta = GENERATE(false, true), tb = GENERATE(false, true);
  const auto a = random_vector<T>(m * k, 1), b = random_vector<T>(n * k, 2);
  auto sum = random_vector<T>(m * n, 3);
  const auto before = sum;
  std::vector<T> product(m * n);
  const auto multiply = [&](T beta, std::vector<T>& c) {
    gemm<T>(ta, tb, m, n, k, 1, a.data(), ta ? m : k, b.data(), tb ? k : n, beta, c.data(), n);
  };
  multiply(1, sum);
  multiply(0, product);
  for (std::size_t i = 0; i < sum.size(); ++i) REQUIRE(sum[i] == before[i] + product[i]);
}

TEMPLATE_TEST_CASE("products with mostly zeros are made first and then added", "[linalg]", float,
                   double) {
  using T = TestType;
  for (const std::size_t rows : {std::size_t{3}, std::size_t{50}, sparse_summands})
    for (const std::size_t n : {1u, 17u, 70u, 200u}) {
      constexpr std::size_t k = 33;
      auto x = random_vector<T>(rows * k, 6);
      for (std::size_t i = 0; i < x.size(); ++i)
        if (i % 9 != 2) x[i] = 0;
      const auto y = random_vector<T>(rows * n, 7);
      auto sum = random_vector<T>(k * n, 8);
      const auto before = sum;
      std::vector<T> product(k * n, T(0));
      for (auto* const to : {&sum, &product})
        add_sparse_outer_product<T>(rows, n, k, x.data(), k, y.data(), n, to->data(), n);
      for (std::size_t i = 0; i < sum.size(); ++i) REQUIRE(sum[i] == before[i] + product[i]);
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

// --- sums over leaves ----------------------------------------------------------------------------

namespace {

/// What is put together with what: `leaves` a letter each, a dot for one that brings nothing.
std::string shape_of_tree(const std::string& leaves) {
  std::vector<std::string> at(tree_levels(leaves.size()) + 1);
  const bool any = reduce(
      {0, leaves.size()},
      [&](std::size_t i, std::size_t p, bool adds) {
        if (leaves[i] == '.') return false;
        at.at(p) = adds ? "(" + at.at(p) + leaves[i] + ")" : std::string(1, leaves[i]);
        return true;
      },
      [&](std::size_t p) { at.at(p) = "(" + at.at(p) + at.at(p + 1) + ")"; });
  return any ? at[0] : "";
}

/// The leaves of a batch, some of them without values, and pointers to them.
template <class T>
struct leaves_of {
  std::vector<std::vector<T>> values;
  std::vector<const T*> at;
  leaves_of(std::size_t count, std::size_t size, std::uint_fast32_t seed, bool positive,
            unsigned empty) {
    std::mt19937 engine(seed);
    for (std::size_t i = 0; i < count; ++i) {
      values.emplace_back(size);
      for (T& v : values.back()) {
        v = std::uniform_real_distribution<T>(positive ? T(0) : T(-1), 1)(engine);
        v = std::ldexp(v, static_cast<int>(engine() % 12));
      }
      at.push_back(empty != 0 && engine() % empty == 0 ? nullptr : values.back().data());
    }
  }
};

/// Node i of level k of the tree over n leaves, of which several have whole nodes: `known`.
template <class T>
bool put_together(const std::map<std::pair<int, std::size_t>, std::vector<T>>& known, std::size_t n,
                  int k, std::size_t i, std::vector<T>& out) {
  if (const auto found = known.find({k, i}); found != known.end()) {
    out = found->second;
    return !out.empty();
  }
  if (k == 0 || i << k >= n) return false;
  std::vector<T> next;
  const bool left = put_together(known, n, k - 1, 2 * i, out),
             right = put_together(known, n, k - 1, 2 * i + 1, next);
  if (left && right)
    for (std::size_t j = 0; j < out.size(); ++j) out[j] += next[j];
  if (!left) out = next;
  return left || right;
}

}  // namespace

TEST_CASE("the tree of a reduction depends on the number of leaves", "[reduce]") {
  CHECK(shape_of_tree("") == "");
  CHECK(shape_of_tree("a") == "a");
  CHECK(shape_of_tree("ab") == "(ab)");
  CHECK(shape_of_tree("abc") == "((ab)c)");
  CHECK(shape_of_tree("abcd") == "((ab)(cd))");
  CHECK(shape_of_tree("abcde") == "(((ab)(cd))e)");
  CHECK(shape_of_tree("abcdefg") == "(((ab)(cd))((ef)g))");
  CHECK(shape_of_tree("abcdefghijklmnop") == "((((ab)(cd))((ef)(gh)))(((ij)(kl))((mn)(op))))");
  // What brings nothing leaves the others where they are.
  CHECK(shape_of_tree("....") == "");
  CHECK(shape_of_tree("ab.d") == "((ab)d)");
  CHECK(shape_of_tree(".b..e") == "(be)");
  CHECK(shape_of_tree("..cdefgh") == "((cd)((ef)(gh)))");
  for (std::size_t n = 1; n < 40; ++n) CHECK(std::size_t{1} << tree_levels(n) >= n);
}

TEMPLATE_TEST_CASE("sums over leaves are within the error of pairwise summation", "[reduce]", float,
                   double) {
  using T = TestType;
  const T u = std::numeric_limits<T>::epsilon() / 2;
  for (std::size_t n = 0; n <= 40; ++n)
    for (const bool positive : {true, false}) {
      CAPTURE(n, positive);
      constexpr std::size_t size = 700, first = 3;  // more than a block
      const leaves_of<T> leaves(n, size, n, positive, n % 3 == 0 ? 4 : 0);
      std::vector<T> sum(size - first, T(7)), more(size - first, T(7));
      sum_leaves<T>(leaves.at, {first, size}, sum.data());
      add_leaves<T>(leaves.at, {first, size}, more.data());
      for (std::size_t j = 0; j < sum.size(); ++j) {
        long double exact = 0, absolute = 0;
        for (const T* const leaf : leaves.at)
          if (leaf != nullptr) {
            exact += leaf[first + j];
            absolute += std::abs(static_cast<long double>(leaf[first + j]));
          }
        const long double unit = u, steps = static_cast<long double>(tree_levels(n)),
                          bound = steps * unit / (1 - steps * unit) * absolute;
        REQUIRE(std::abs(static_cast<long double>(sum[j]) - exact) <= bound);
        REQUIRE(more[j] == T(7) + sum[j]);
        if (n > 16) continue;
        // As many shards as there are: what was summed one after the other, as it measures.
        T in_order = 0;
        for (const T* const leaf : leaves.at) in_order += leaf != nullptr ? leaf[first + j] : 0;
        const long double ulp = 2 * unit * std::exp2(std::floor(std::log2(absolute)));
        REQUIRE(std::abs(static_cast<long double>(in_order) - sum[j]) <= 4 * ulp);
      }
    }
  // Small ones after a large one: added one after the other, all of them would be lost.
  for (const std::size_t n : {4u, 8u, 15u, 16u}) {
    std::vector<T> values(n, u);
    values[0] = 1;
    std::vector<const T*> at;
    for (const T& v : values) at.push_back(&v);
    T sum = 0;
    sum_leaves<T>(at, {0, 1}, &sum);
    const long double exact = 1 + static_cast<long double>(n - 1) * u;
    CHECK(std::abs(static_cast<long double>(sum) - exact) <= 2 * u);
  }
}

TEMPLATE_TEST_CASE("whoever has which leaves, sums have the same bits", "[reduce]", float, double) {
  using T = TestType;
  std::mt19937 engine(11);
  for (std::size_t n = 1; n <= 33; ++n)
    for (int repeat = 0; repeat < 20; ++repeat) {
      constexpr std::size_t size = 5;
      const leaves_of<T> leaves(n, size, engine(), false, repeat % 2 == 0 ? 3 : 0);
      std::vector<T> want(size);
      sum_leaves<T>(leaves.at, {0, size}, want.data());
      // Each of several has leaves that follow each other, and sums the largest nodes in them.
      std::map<std::pair<int, std::size_t>, std::vector<T>> known;
      for (std::size_t begin = 0; begin < n;) {
        const std::size_t end = begin + 1 + engine() % (n - begin);
        while (begin < end) {
          int k = 0;
          while (begin % (std::size_t{2} << k) == 0 &&
                 (begin + (std::size_t{2} << k) <= end || end == n) &&
                 begin + (std::size_t{1} << k) < n)
            ++k;
          const std::size_t last = std::min(begin + (std::size_t{1} << k), n);
          const auto of = std::span(leaves.at).subspan(begin, last - begin);
          std::vector<T> sum(size);
          sum_leaves<T>(of, {0, size}, sum.data());
          if (std::all_of(of.begin(), of.end(), [](const T* p) { return p == nullptr; }))
            sum.clear();
          known[{k, begin >> k}] = sum;
          begin = last;
        }
      }
      std::vector<T> found;
      if (!put_together(known, n, static_cast<int>(tree_levels(n)), 0, found))
        found.assign(size, 0);
      REQUIRE(found == want);
    }
}

TEST_CASE("the sum of a list is that of its tree", "[reduce]") {
  CHECK(sum_of({}) == 0);
  const std::vector<double> values{1e16, 1, 1, 1, 1, 1, 1};
  CHECK(sum_of(values) == ((1e16 + 1) + (1.0 + 1)) + ((1.0 + 1) + 1));
  CHECK(sum_of(values) != 1e16);
}

TEMPLATE_TEST_CASE("products of few elements, a row a lane", "[linalg]", float, double) {
  using T = TestType;
  struct sides {
    std::size_t m, k, n;
  };
  // Which factor is the same for all rows, and for all passes.
  const unsigned shared = GENERATE(0u, 1u, 2u, 4u, 8u, 6u, 9u, 5u);
  for (const auto& [m, k, n] : {sides{1, 1, 1}, sides{1, 3, 1}, sides{1, 8, 1}, sides{2, 3, 4},
                                sides{1, 5, 7}, sides{4, 2, 1}})
    for (const std::size_t rows : {1u, 3u, 8u, 17u, 40u})
      for (const std::size_t passes : {1u, 3u, 18u}) {
        CAPTURE(shared, m, k, n, rows, passes);
        const auto places = [&](std::size_t size, unsigned row_bit, unsigned pass_bit,
                                std::size_t columns) {
          const std::size_t row = shared & row_bit ? 0 : size;
          return row_places{columns, 1, row, shared & pass_bit ? 0 : row == 0 ? size : rows * size};
        };
        const row_places of_a = places(m * k, 1, 4, k), of_b = places(k * n, 2, 8, n),
                         of_c{n, 1, m * n, rows * m * n};
        const auto a = random_vector<T>(passes * rows * m * k, 1),
                   b = random_vector<T>(passes * rows * k * n, 2),
                   d = random_vector<T>(passes * rows * m * n, 3);
        std::vector<T> c = d, da(a.size(), T(1)), db(b.size(), T(1));
        std::vector<double> want_c(c.begin(), c.end()), want_a(a.size(), 1), want_b(b.size(), 1);
        for (std::size_t p = 0; p < passes; ++p)
          for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t i = 0; i < m; ++i)
              for (std::size_t j = 0; j < n; ++j)
                for (std::size_t l = 0; l < k; ++l) {
                  const std::size_t at_a = p * of_a.pass + r * of_a.row + i * k + l,
                                    at_b = p * of_b.pass + r * of_b.row + l * n + j,
                                    at_c = (p * rows + r) * m * n + i * n + j;
                  const auto x = static_cast<double>(a[at_a]), y = static_cast<double>(b[at_b]),
                             seed = static_cast<double>(d[at_c]);
                  want_c[at_c] += x * y;
                  want_a[at_a] += seed * y;
                  want_b[at_b] += seed * x;
                }
        const row_product_sizes size{passes, rows, m, k, n};
        REQUIRE(size.few());
        const row_matrix<T> left{a.data(), da.data(), of_a}, right{b.data(), db.data(), of_b};
        multiply_rows(size, left, right, c.data(), of_c, true);
        multiply_rows_back(size, left, right, d.data(), of_c);
        const auto require = [](const std::vector<T>& found, const std::vector<double>& want) {
          for (std::size_t i = 0; i < found.size(); ++i)
            REQUIRE(found[i] == near(static_cast<T>(want[i])));
        };
        require(c, want_c);
        require(da, want_a);
        require(db, want_b);
        multiply_rows(size, left, right, c.data(), of_c, false);
        for (std::size_t i = 0; i < c.size(); ++i)
          REQUIRE(c[i] == near(static_cast<T>(want_c[i] - static_cast<double>(d[i]))));
      }
}
