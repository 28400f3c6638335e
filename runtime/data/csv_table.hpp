#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace variad::internals {

/// Numbers of a table in a file: `rows` of as many as columns were asked for; NaN where a field is
/// empty.
struct csv_table {
  std::size_t rows = 0;
  std::vector<double> values{};
};

/// Reads columns, by the names in the first line, of a file of comma-separated values (RFC 4180).
/// Fields may be quoted; one that is empty, NA or NaN is a gap; empty lines are passed over.
/// Without names, all columns. Throws `variad::error` naming the file, and where it is of one field
/// the line and the column: a column that there is not, or that is twice in the file; another
/// number of fields than the first line has; what is no number; a quote that does not end.
csv_table read_csv(const std::string& path, std::span<const std::string> columns);

}  // namespace variad::internals
