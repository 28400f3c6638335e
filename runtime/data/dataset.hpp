#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <variad/runtime/data/column.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/uniform.hpp>

namespace variad {

/// The observed variables of a model: columns with one number of rows.
template <class T>
class dataset {
 public:
  dataset() = default;

  /// Throws `variad::error` if two columns have one name or differ in their number of rows, if a
  /// column's values do not fill its shape, or if a value is NaN or infinite.
  explicit dataset(std::vector<variad::column<T>> columns) : columns_(std::move(columns)) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      check(i);
      streams_.push_back(hash_name(columns_[i].name) ^ hash_name("binarized each epoch"));
    }
  }

  /// Number of rows of every column; 0 without columns.
  [[nodiscard]] std::size_t rows() const { return columns_.empty() ? 0 : columns_.front().rows; }

  /// Number of columns.
  [[nodiscard]] std::size_t size() const { return columns_.size(); }

  [[nodiscard]] const variad::column<T>& column(std::size_t index) const { return columns_[index]; }

  /// The position of the column called `name`; `size()` if there is none. Allocates nothing.
  [[nodiscard]] std::size_t find(std::string_view name) const {
    std::size_t i = 0;
    while (i < columns_.size() && columns_[i].name != name) ++i;
    return i;
  }

  /// Writes the `event_size()` values of one row to `out`. Values that are binarized each epoch are
  /// drawn here; the draw depends on (seed, epoch, column name, row, position) alone. Allocates
  /// nothing.
  void copy_row(std::size_t index, std::size_t row, std::uint64_t epoch, std::uint64_t seed,
                T* out) const {
    const variad::column<T>& data = columns_[index];
    const std::span<const T> values = data.row(row);
    if (!data.binarized_each_epoch) {
      std::copy(values.begin(), values.end(), out);
      return;
    }
    const stream_key key =
        row_stream(make_stream(seed, epoch, streams_[index]), 0, static_cast<std::uint32_t>(row));
    fill_uniform(key, out, values.size());
    for (std::size_t i = 0; i < values.size(); ++i) out[i] = out[i] < values[i] ? T(1) : T(0);
  }

 private:
  void check(std::size_t index) const {
    const variad::column<T>& added = columns_[index];
    const variad::column<T>& first = columns_.front();
    if (added.rows != first.rows)
      throw error("data of '" + added.name + "' have " + std::to_string(added.rows) +
                  " rows, but data of '" + first.name + "' have " + std::to_string(first.rows) +
                  " rows; expected one number of rows");
    if (added.values.size() != added.rows * added.event_size())
      throw error("data of '" + added.name + "' hold " + std::to_string(added.values.size()) +
                  " values, expected " + std::to_string(added.rows) + " rows of shape " +
                  detail::print_shape(added.event_shape));
    for (std::size_t other = 0; other < index; ++other)
      if (columns_[other].name == added.name)
        throw error("data of '" + added.name + "' are given twice; expected once");
    check_finite(added);
    if (added.binarized_each_epoch) check_binary(added);
  }

  std::vector<variad::column<T>> columns_;
  std::vector<std::uint64_t> streams_;
};

}  // namespace variad
