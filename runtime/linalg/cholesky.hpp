#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>

#include <variad/runtime/error.hpp>
#include <variad/runtime/math/elementary.hpp>

/// A small dense lower-triangular matrix L of shape [n, n], row-major with leading dimension `ld`;
/// what stands above the diagonal is never read. Vectors are changed in place. `T` is a scalar, a
/// batch (one system per lane) or a dual number.
namespace variad {

/// x <- L x.
template <class T>
void lower_multiply(std::size_t n, const T* l, std::size_t ld, T* x) {
  for (std::size_t i = n; i-- > 0;) {
    T sum = l[i * ld + i] * x[i];
    for (std::size_t j = 0; j < i; ++j) sum += l[i * ld + j] * x[j];
    x[i] = sum;
  }
}

/// x <- Lᵀ x.
template <class T>
void lower_transpose_multiply(std::size_t n, const T* l, std::size_t ld, T* x) {
  for (std::size_t i = 0; i < n; ++i) {
    T sum = l[i * ld + i] * x[i];
    for (std::size_t j = i + 1; j < n; ++j) sum += l[j * ld + i] * x[j];
    x[i] = sum;
  }
}

/// x <- L⁻¹ x, by forward substitution.
template <class T>
void lower_solve(std::size_t n, const T* l, std::size_t ld, T* x) {
  for (std::size_t i = 0; i < n; ++i) {
    T sum = x[i];
    for (std::size_t j = 0; j < i; ++j) sum -= l[i * ld + j] * x[j];
    x[i] = sum / l[i * ld + i];
  }
}

/// x <- L⁻ᵀ x, by backward substitution.
template <class T>
void lower_transpose_solve(std::size_t n, const T* l, std::size_t ld, T* x) {
  for (std::size_t i = n; i-- > 0;) {
    T sum = x[i];
    for (std::size_t j = i + 1; j < n; ++j) sum -= l[j * ld + i] * x[j];
    x[i] = sum / l[i * ld + i];
  }
}

/// log det L, for a positive diagonal: half the log-determinant of the covariance L Lᵀ.
template <class T>
T lower_log_determinant(std::size_t n, const T* l, std::size_t ld) {
  T sum(0);
  for (std::size_t i = 0; i < n; ++i) sum += math::log(l[i * ld + i]);
  return sum;
}

/// Replaces the lower triangle of a symmetric matrix by its factor L with L Lᵀ = a; the upper one
/// is neither read nor written. Throws `error` if the matrix is not positive definite.
template <std::floating_point T>
void cholesky(std::size_t n, T* a, std::size_t ld) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      T sum = a[i * ld + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * ld + k] * a[j * ld + k];
      if (j < i) {
        a[i * ld + j] = sum / a[j * ld + j];
      } else if (sum > T(0)) {
        a[i * ld + i] = std::sqrt(sum);
      } else {
        throw error("cholesky: found the pivot " + std::to_string(sum) + " in row " +
                    std::to_string(i) + ", expected a positive definite matrix");
      }
    }
  }
}

}  // namespace variad
