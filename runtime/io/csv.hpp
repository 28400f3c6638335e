#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace variad {

/// A cell of a CSV file. Numbers are written in the shortest form that reads back to the same
/// value, a NaN as an empty cell.
using csv_value = std::variant<std::uint64_t, double, std::string_view>;

/// Writes a table of numbers row by row; each row is in the file when `write` returns.
class csv_writer {
 public:
  /// Begins a new file, in place of an old one. Throws `variad::error` naming the file if it cannot
  /// be written.
  csv_writer(std::string path, std::vector<std::string> columns);

  /// Continues the file of a run that goes on from step `last`: rows whose value in the column
  /// `key` is above it, and what an interrupted write left, are removed. Begins a new file if there
  /// is none. Throws `variad::error` naming the file if its header has other columns, if a key is
  /// not a whole number, if a line has more than 65,536 bytes, or if it cannot be written.
  static csv_writer resume(std::string path, const std::vector<std::string>& columns,
                           std::string_view key, std::uint64_t last);

  /// Throws `variad::error` if the row has not a value for each column or cannot be written.
  void write(std::span<const csv_value> row);
  void write(std::initializer_list<csv_value> row);

  /// Whether the file has been removed or replaced since it was opened: rows would be lost.
  [[nodiscard]] bool has_gone() const;

 private:
  csv_writer(std::string path, std::size_t columns);

  void open(std::ios::openmode mode);
  void check() const;

  std::string path_;
  std::size_t columns_;
  std::ofstream file_;
  std::uint64_t device_ = 0, number_ = 0;  // of the file
};

}  // namespace variad
