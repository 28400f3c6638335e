#pragma once

#include <cstddef>

#include <variad/runtime/math/elementary.hpp>

/// A small dense lower-triangular matrix L of shape [n, n], row-major with leading dimension `ld`;
/// what stands above the diagonal is never read. Vectors are changed in place. `T` is a scalar, a
/// batch (one system per lane) or a dual number.
namespace variad::internals {

/// x <- L x.
template <class T>
void lower_multiply(std::size_t n, const T* l, std::size_t ld, T* x) {
  for (std::size_t i = n; i-- > 0;) {
    T sum = l[i * ld + i] * x[i];
    for (std::size_t j = 0; j < i; ++j) sum += l[i * ld + j] * x[j];
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

/// A <- L of A = L Lᵀ, a symmetric matrix of which the lower triangle is read, and written. Where
/// it is not positive definite, NaN.
template <class T>
void lower_factor(std::size_t n, T* a, std::size_t ld) {
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      T sum = a[i * ld + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * ld + k] * a[j * ld + k];
      a[i * ld + j] = i == j ? math::sqrt(sum) : T(sum / a[j * ld + j]);
    }
}

/// log det L, for a positive diagonal: half the log-determinant of the covariance L Lᵀ.
template <class T>
T lower_log_determinant(std::size_t n, const T* l, std::size_t ld) {
  T sum(0);
  for (std::size_t i = 0; i < n; ++i) sum += math::log(l[i * ld + i]);
  return sum;
}

}  // namespace variad::internals
