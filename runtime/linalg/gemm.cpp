#include <algorithm>
#include <cstdint>

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/linalg/row_products.hpp>

namespace variad::internals {
namespace {

constexpr CBLAS_TRANSPOSE blas_transpose(bool t) { return t ? CblasTrans : CblasNoTrans; }

template <blas_scalar T>
void cblas_gemm(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k, T alpha,
                const T* a, std::size_t lda, const T* b, std::size_t ldb, T beta, T* c,
                std::size_t ldc) {
  const auto i = blas_int;
  const auto ta = blas_transpose(trans_a), tb = blas_transpose(trans_b);
  if constexpr (std::same_as<T, float>) {
    cblas_sgemm(CblasRowMajor, ta, tb, i(m), i(n), i(k), alpha, a, i(lda), b, i(ldb), beta, c,
                i(ldc));
  } else {
    cblas_dgemm(CblasRowMajor, ta, tb, i(m), i(n), i(k), alpha, a, i(lda), b, i(ldb), beta, c,
                i(ldc));
  }
}

/// The size of parts, as few and as even as can be, of which none is larger than `most`.
constexpr std::size_t even_part(std::size_t size, std::size_t most) {
  const std::size_t parts = (size + most - 1) / most;
  return (size + parts - 1) / parts;
}

/// Blocks that a product is cut in; none where rows is 0.
struct product_blocks {
  std::size_t rows = 0, columns = 0, inner = 0;
};

#ifdef __AVX512F__
inline constexpr bool blas_may_skip_packing = true;
#else
inline constexpr bool blas_may_skip_packing = false;
#endif

/// OpenBLAS packs both factors, unless a product is small: with its kernels for AVX-512 and
/// `float`, one of at most a million multiplications, and of 1200 results where b is transposed. A
/// product with a short side does too little with what is packed: cut in small ones it takes 5 to
/// 30 % less time. The other limits are where that ended as measured; what is not packed is read as
/// it lies, and a read across two cache lines takes twice as long.
template <blas_scalar T>
product_blocks blocks_of(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k,
                         const T* a, std::size_t lda, const T* b, std::size_t ldb) {
  constexpr std::size_t small = 1'000'000, small_results = 1200, line = 64 / sizeof(T);
  if (!blas_may_skip_packing || !std::same_as<T, float> || m * n * k <= small || n < 64 ||
      (trans_a && trans_b))
    return {};
  const auto begins_line = [](const T* p) { return reinterpret_cast<std::uintptr_t>(p) % 64 == 0; };
  if (trans_b) {
    const bool on_lines = begins_line(a) && begins_line(b) && lda % line == 0 && ldb % line == 0;
    if (k < 128 || m > (on_lines ? 100 : 32)) return {};
    const std::size_t rows = even_part(m, 50);
    return {rows, small_results / rows / 8 * 8, even_part(k, small / small_results)};
  }
  const bool off_lines = !begins_line(b) && ldb % line == 0;
  if (off_lines || (k > 64 && m > (trans_a ? 100 : 64))) return {};
  const std::size_t rows = even_part(m, 100), inner = even_part(k, gemm_summands),
                    most = small / (rows * inner);
  return {rows, n <= most ? n : (even_part(n, most / 16 * 16) + 15) / 16 * 16, inner};
}

/// Products of factors with a few columns, whose rows are the lanes; false where they are not.
template <blas_scalar T>
bool multiply_few(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k, T alpha,
                  const T* a, std::size_t lda, const T* b, std::size_t ldb, T beta, T* c,
                  std::size_t ldc) {
  if (alpha != T(1) || (beta != T(0) && beta != T(1)) || k == 0) return false;
  if (!trans_a && k <= few_elements && n <= few_elements) {
    const row_places of_b = trans_b ? row_places{1, ldb} : row_places{ldb, 1};
    multiply_rows({.rows = m, .k = k, .n = n}, row_matrix<T>{a, nullptr, {0, 1, lda}},
                  row_matrix<T>{b, nullptr, of_b}, c, {0, 1, ldc}, beta != T(0));
    return true;
  }
  if (trans_a && !trans_b && m <= few_elements && n <= few_elements) {
    if (beta == T(0))
      for (std::size_t i = 0; i < m; ++i) std::fill_n(c + i * ldc, n, T(0));
    multiply_rows_back({.rows = k, .k = m, .n = n}, row_matrix<T>{a, nullptr, {0, 1, lda}},
                       row_matrix<T>{nullptr, c, {ldc, 1}}, b, {0, 1, ldb});
    return true;
  }
  return false;
}

template <blas_scalar T>
void multiply_in_blocks(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k,
                        T alpha, const T* a, std::size_t lda, const T* b, std::size_t ldb, T beta,
                        T* c, std::size_t ldc) {
  if (multiply_few(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)) return;
  const product_blocks of = blocks_of(trans_a, trans_b, m, n, k, a, lda, b, ldb);
  if (of.rows == 0) {
    cblas_gemm(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  for (std::size_t i = 0; i < m; i += of.rows)
    for (std::size_t j = 0; j < n; j += of.columns)
      for (std::size_t l = 0; l < k; l += of.inner)
        cblas_gemm(trans_a, trans_b, std::min(of.rows, m - i), std::min(of.columns, n - j),
                   std::min(of.inner, k - l), alpha, a + (trans_a ? l * lda + i : i * lda + l), lda,
                   b + (trans_b ? j * ldb + l : l * ldb + j), ldb, l == 0 ? beta : T(1),
                   c + i * ldc + j, ldc);
}

}  // namespace

void multiply(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
              const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
              float* c, std::size_t ldc) {
  multiply_in_blocks(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void multiply(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k, double alpha,
              const double* a, std::size_t lda, const double* b, std::size_t ldb, double beta,
              double* c, std::size_t ldc) {
  multiply_in_blocks(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace variad::internals
