#pragma once

#include <algorithm>
#include <cstddef>

#include <variad/dsl/contracts/kernel_call.hpp>

namespace variad {

/// What an op that reads a one-hot value makes of one-site alternatives: each has another category
/// of one variable, the rest as drawn.
template <class T>
struct one_site_call {
  const kernel_call<T>& drawn;  ///< of the op, at the drawn value: rows, parameters, output.value
  std::size_t variables = 0, categories = 0;
  const std::size_t* categories_drawn = nullptr;  ///< z [rows, variables]
  bool binary = false;                            ///< a variable is one number, 0 or 1
  std::size_t first = 0, count = 0;  ///< alternatives i · categories + j of variable i, category j
  T* out = nullptr;                  ///< [rows, count, event of the output], to be written
};

/// The update of an op that moves by rows of a matrix w [variables · categories, outputs]: the
/// output at the drawn value, plus w[i, j], minus w[i, z_i]. Of binary variables w has the rows of
/// the value 1 alone, [variables, outputs].
template <class T>
void move_by_rows(const one_site_call<T>& call, const T* w);

namespace internals {

/// What a likelihood makes of one-site alternatives of what a layer reads that moves by rows of a
/// matrix W: each pre-activation is h + W[i, j] − W[i, z_i], and no new product.
template <class T>
struct row_difference_call {
  std::size_t rows = 0;  ///< rows of h: samples × data
  std::size_t variables = 0, categories = 0;
  std::size_t width = 0;               ///< outputs of the layer
  const T* hidden = nullptr;           ///< h [rows, width], bias included
  const T* weights = nullptr;          ///< W [variables × categories, width]
  const std::size_t* drawn = nullptr;  ///< z [rows, variables]
  const T* data = nullptr;             ///< x [data rows, width]
  std::size_t data_rows = 0;
  const std::size_t* data_row = nullptr;  ///< the row of x that each row of h explains [rows]
  T* products = nullptr;                  ///< scratch [data rows, variables × categories]
  T* work = nullptr;                      ///< scratch, work_size values
  T* costs = nullptr;                     ///< out [rows, variables × categories]
  bool binary = false;                    ///< W [variables, width], of the value 1

  /// Rows of W that a kernel may work on at a time.
  static std::size_t rows_at_a_time(std::size_t categories) {
    return std::max<std::size_t>(categories, 16);
  }
  /// Scratch: two tables of such rows, all rows of h and three more, and two numbers a row.
  static std::size_t work_size(std::size_t rows, std::size_t categories, std::size_t width) {
    return (rows + 3 + 2 * rows_at_a_time(categories)) * width + 2 * rows;
  }
};

}  // namespace internals
}  // namespace variad
