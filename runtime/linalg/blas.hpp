#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include <cblas.h>

/// Typed calls of CBLAS for `float` and `double`. Matrices are row-major; a leading dimension is
/// the distance between the beginnings of two rows, in elements. Sizes may be zero.
namespace variad::internals {

constexpr blasint blas_int(std::size_t n) { return static_cast<blasint>(n); }
/// A type that BLAS computes in.
template <class T>
concept blas_scalar = std::same_as<T, float> || std::same_as<T, double>;

// Not templates: compilers mangle constraints differently, and these are compiled once.
void multiply(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k, float alpha,
              const float* a, std::size_t lda, const float* b, std::size_t ldb, float beta,
              float* c, std::size_t ldc);
void multiply(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k, double alpha,
              const double* a, std::size_t lda, const double* b, std::size_t ldb, double beta,
              double* c, std::size_t ldc);
/// Up to this many summands k, a product with alpha = beta = 1 is rounded as if it had been made
/// first and then added to c: what OpenBLAS or `gemm` cut, they cut into longer ones.
inline constexpr std::size_t gemm_summands = 100;

/// c = alpha op(a) op(b) + beta c, where op transposes if its flag is set, with op(a) of shape [m,
/// k], op(b) of [k, n] and c of [m, n]. With `beta` zero `c` need not be initialised.
template <blas_scalar T>
void gemm(bool trans_a, bool trans_b, std::size_t m, std::size_t n, std::size_t k,
          std::type_identity_t<T> alpha, const T* a, std::size_t lda, const T* b, std::size_t ldb,
          std::type_identity_t<T> beta, T* c, std::size_t ldc) {
  multiply(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

/// The inner product of two vectors.
template <blas_scalar T>
T dot(std::size_t n, const T* x, const T* y) {
  if constexpr (std::same_as<T, float>) {
    return cblas_sdot(blas_int(n), x, 1, y, 1);
  } else {
    return cblas_ddot(blas_int(n), x, 1, y, 1);
  }
}

/// y += alpha x.
template <blas_scalar T>
void axpy(std::size_t n, std::type_identity_t<T> alpha, const T* x, T* y) {
  if constexpr (std::same_as<T, float>) {
    cblas_saxpy(blas_int(n), alpha, x, 1, y, 1);
  } else {
    cblas_daxpy(blas_int(n), alpha, x, 1, y, 1);
  }
}

/// Keeps OpenBLAS on the calling thread: a batch is already cut into shards that run in parallel.
/// Call it once, before the threads start. Says so on standard error if OpenBLAS, being older than
/// the processor, has fallen back to its kernels for SSE3.
void use_one_blas_thread();

}  // namespace variad::internals
