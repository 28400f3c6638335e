#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>

namespace variad {

/// A cell of a CSV file. Numbers are written in the shortest form that reads back to the same
/// value, a NaN as an empty cell.
using csv_value = std::variant<std::uint64_t, double, std::string_view>;

namespace detail {

inline std::string csv_cell(const csv_value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (text->find_first_of(",\"\r\n") == std::string_view::npos) return std::string(*text);
    std::string quoted = "\"";
    for (const char c : *text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
  }
  std::array<char, 32> digits{};
  char* const end = digits.data() + digits.size();
  if (const auto* whole = std::get_if<std::uint64_t>(&value))
    return {digits.data(), std::to_chars(digits.data(), end, *whole).ptr};
  const double real = std::get<double>(value);
  if (std::isnan(real)) return {};
  return {digits.data(), std::to_chars(digits.data(), end, real).ptr};
}

/// The field of that index of a line without quoted fields.
inline std::string_view csv_field(std::string_view line, std::size_t index) {
  for (; index > 0; --index) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return {};
    line.remove_prefix(comma + 1);
  }
  return line.substr(0, line.find(','));
}

}  // namespace detail

/// Writes a table of numbers row by row; each row is in the file when `write` returns.
class csv_writer {
 public:
  /// Begins a new file, in place of an old one. Throws `variad::error` naming the file if it cannot
  /// be written.
  csv_writer(std::string path, std::vector<std::string> columns)
      : path_(std::move(path)), columns_(columns.size()) {
    if (columns.empty()) throw error("'" + path_ + "': a table of no columns, expected some");
    open(std::ios::trunc);
    file_ << header(columns) << std::flush;
    check();
  }

  /// Continues the file of a run that goes on from step `last`: rows whose value in the column
  /// `key` is above it, and what an interrupted write left, are removed. Begins a new file if there
  /// is none. Throws `variad::error` naming the file if its header has other columns, if a key is
  /// not a whole number, or if it cannot be written.
  static csv_writer resume(std::string path, const std::vector<std::string>& columns,
                           std::string_view key, std::uint64_t last) {
    std::ifstream old(path, std::ios::binary);
    if (!old) return csv_writer(std::move(path), columns);

    std::size_t key_index = 0;
    while (key_index < columns.size() && columns[key_index] != key) ++key_index;
    std::string kept;
    for (std::string line; std::getline(old, line) && !old.eof();) {
      line += '\n';
      if (kept.empty()) {
        if (line != header(columns))
          throw error("'" + path + "': found the header " + line.substr(0, line.size() - 1) +
                      ", expected " + header(columns).substr(0, header(columns).size() - 1));
        kept = line;
        continue;
      }
      const std::string_view field = detail::csv_field({line.data(), line.size() - 1}, key_index);
      std::uint64_t step = 0;
      const auto [end, status] = std::from_chars(field.data(), field.data() + field.size(), step);
      if (status != std::errc{} || end != field.data() + field.size())
        throw error("'" + path + "': found the value '" + std::string(field) + "' in the column '" +
                    std::string(key) + "', expected a whole number");
      if (step <= last) kept += line;
    }
    if (kept.empty()) kept = header(columns);
    atomic_file cut(path);
    cut.write(kept);
    cut.commit();
    return csv_writer(std::move(path), columns.size());
  }

  /// Throws `variad::error` if the row has not a value for each column or cannot be written.
  void write(std::span<const csv_value> row) {
    if (row.size() != columns_)
      throw error("'" + path_ + "': a row of " + std::to_string(row.size()) + " values, expected " +
                  std::to_string(columns_));
    std::string line;
    for (const csv_value& value : row) {
      line += detail::csv_cell(value);
      line += ',';
    }
    line.back() = '\n';
    file_ << line << std::flush;
    check();
  }
  void write(std::initializer_list<csv_value> row) {
    write(std::span<const csv_value>(row.begin(), row.size()));
  }

 private:
  csv_writer(std::string path, std::size_t columns) : path_(std::move(path)), columns_(columns) {
    open(std::ios::app);
  }

  static std::string header(const std::vector<std::string>& columns) {
    std::string line;
    for (const std::string& column : columns) {
      line += detail::csv_cell(std::string_view(column));
      line += ',';
    }
    line.back() = '\n';
    return line;
  }

  void open(std::ios::openmode mode) {
    file_.open(path_, std::ios::binary | std::ios::out | mode);
    check();
  }

  void check() const {
    if (!file_) throw error("'" + path_ + "': cannot write the file");
  }

  std::string path_;
  std::size_t columns_;
  std::ofstream file_;
};

}  // namespace variad
