#pragma once

#include <cstddef>

#include <variad/runtime/linalg/blas.hpp>

/// Products of matrices of a few elements, one for each of many rows: the rows are the lanes.
namespace variad::internals {

/// Numbers that such a product sums, and that it has, at most.
inline constexpr std::size_t few_elements = 8;

/// How far apart the elements of a matrix are that follow each other down a column and across a
/// row, and how far the matrices of one row and the next, of one pass and the next.
struct row_places {
  std::size_t down = 0, across = 1, row = 0, pass = 0;
};
/// A matrix for each row of each pass.
template <class T>
struct row_matrix {
  const T* value = nullptr;
  T* adjoint = nullptr;  ///< to add to; null where none is wanted
  row_places at{};
};

/// Rows, passes over them, and the extents of the products: [m, k] times [k, n].
struct row_product_sizes {
  std::size_t passes = 1, rows = 1, m = 1, k = 1, n = 1;
  constexpr bool few() const { return k > 0 && k <= few_elements && m * n <= few_elements; }
};

// Not templates, as those of blas.hpp.

/// c = a·b of few elements, or where it `adds`, c += a·b: each sum is made first and then added.
void multiply_rows(const row_product_sizes& of, const row_matrix<float>& a,
                   const row_matrix<float>& b, float* c, const row_places& of_c, bool adds);
void multiply_rows(const row_product_sizes& of, const row_matrix<double>& a,
                   const row_matrix<double>& b, double* c, const row_places& of_c, bool adds);

/// Adds d·bᵀ to the adjoint of a and aᵀ·d to that of b. Where several rows or passes have one
/// matrix, the sum over them is made first, in the lanes of a register.
void multiply_rows_back(const row_product_sizes& of, const row_matrix<float>& a,
                        const row_matrix<float>& b, const float* d, const row_places& of_d);
void multiply_rows_back(const row_product_sizes& of, const row_matrix<double>& a,
                        const row_matrix<double>& b, const double* d, const row_places& of_d);

}  // namespace variad::internals
