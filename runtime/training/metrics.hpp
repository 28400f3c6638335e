#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <variad/runtime/io/csv.hpp>
#include <variad/runtime/training/report.hpp>

namespace variad::internals {

/// The table of a run's epochs: a CSV file with a row for each.
class epoch_metrics {
 public:
  /// Begins the file, or goes on from the step `last`, beyond which rows are removed. Throws
  /// `variad::error` naming the file if it cannot be written or is another table.
  epoch_metrics(std::string path, std::optional<std::uint64_t> last);

  /// Writes a row. If the file has been removed or replaced it goes on in a new one, or is given up
  /// where another table stands; what is to be said of it is returned. Throws `variad::error` if
  /// the row cannot be written.
  std::string write(const epoch_report& report);

 private:
  void open(std::optional<std::uint64_t> last);

  std::string path_;
  std::optional<csv_writer> file_;  // none when given up
};

}  // namespace variad::internals
