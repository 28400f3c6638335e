#pragma once

#include <algorithm>
#include <cstddef>

namespace variad::internals {

/// A one-site alternative changes one row of the sum that a dense layer makes, so its
/// pre-activation is h + W[i, j] − W[i, z_i]: a difference of weight rows and no new product.
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

}  // namespace variad::internals
