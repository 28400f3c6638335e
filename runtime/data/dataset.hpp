#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <variad/runtime/data/column.hpp>

namespace variad::internals {

/// The observed variables of a model: columns with one number of rows.
template <class T>
class dataset {
 public:
  dataset() = default;

  /// Throws `variad::error` if two columns have one name or differ in their number of rows, if a
  /// column's values do not fill its shape, or if a value is NaN or infinite.
  explicit dataset(std::vector<internals::column<T>> columns);

  /// Number of rows of every column; 0 without columns.
  [[nodiscard]] std::size_t rows() const { return columns_.empty() ? 0 : columns_.front().rows; }

  /// Gives each row a weight. Throws `variad::error` naming the row of one that is negative or not
  /// finite, and if there are other rows or all weigh nothing.
  void weigh(std::vector<T> weights);
  /// By row; empty where all are 1.
  [[nodiscard]] std::span<const T> weights() const { return weights_; }
  /// The weights of all rows, and of some, together.
  [[nodiscard]] double total_weight() const { return total_weight_; }
  [[nodiscard]] double weight_of(std::span<const std::uint32_t> rows) const;

  /// Number of columns.
  [[nodiscard]] std::size_t size() const { return columns_.size(); }

  [[nodiscard]] const internals::column<T>& column(std::size_t index) const {
    return columns_[index];
  }

  /// The position of the column called `name`; `size()` if there is none. Allocates nothing.
  [[nodiscard]] std::size_t find(std::string_view name) const;

  /// Writes rows one after the other, each `event_size()` values, as copy_row does.
  void copy_rows(std::size_t index, std::span<const std::uint32_t> rows, std::uint64_t epoch,
                 std::uint64_t seed, T* out) const;

  /// Writes the `event_size()` values of one row to `out`. Values that are binarized each epoch are
  /// drawn here; the draw depends on (seed, epoch, column name, row, position) alone. Allocates
  /// nothing.
  void copy_row(std::size_t index, std::size_t row, std::uint64_t epoch, std::uint64_t seed,
                T* out) const;

 private:
  void check(std::size_t index) const;

  std::vector<internals::column<T>> columns_;
  std::vector<T> weights_;
  double total_weight_ = 0;
  std::vector<std::uint64_t> streams_;
};

}  // namespace variad::internals
