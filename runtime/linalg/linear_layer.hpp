#pragma once

#include <cstddef>

#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/threads/share.hpp>

/// The products of a fully connected layer, y = x·w + b, of x [rows, k], w [k, n], b [n] and y
/// [rows, n], over `float` or `double`. Where few values of x are other than zero, as of one-hot
/// rows, the rows of w that they choose are summed instead.
namespace variad::internals {

/// y = x·w, and + b unless that is null.
template <class T>
void linear_layer(std::size_t rows, std::size_t n, std::size_t k, const T* x, const T* w,
                  const T* b, T* y);

/// Adds what some rows of the weights learn from dy, the adjoint of y, to dw, which begins with the
/// first of them: their xᵀ·dy. Where the gradient `begins` it is written. Does nothing and returns
/// false where that would round more than `once` and must not.
template <class T>
bool add_weight_gradient(std::size_t rows, std::size_t n, std::size_t k, share weight_rows,
                         const T* x, const T* dy, T* dw, bool begins, bool once);

/// Adds the sum of the rows of dy to db, or writes it where it `begins`.
template <class T>
void add_bias_gradient(std::size_t rows, std::size_t n, const T* dy, T* db, bool begins);

}  // namespace variad::internals
