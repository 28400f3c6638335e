#include "table_reporter.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace kernels {
namespace {

/// `value` with three significant digits.
std::string number(double value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(value < 10 ? 2 : value < 100 ? 1 : 0) << value;
  return out.str();
}

}  // namespace

bool table_reporter::ReportContext(const Context& context) {
  PrintBasicContext(&GetErrorStream(), context);
  return true;
}

void table_reporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.error_occurred) {
      GetErrorStream() << run.benchmark_name() << ": " << run.error_message << '\n';
    } else if (run.run_type == Run::RT_Iteration) {
      add(run);
    }
  }
}

void table_reporter::add(const Run& run) {
  const std::string& name = run.run_name.function_name;
  const auto slash = name.rfind('/');
  const auto function = name.substr(0, slash), library = name.substr(slash + 1);
  auto found = std::ranges::find(rows_, function, &row::function);
  if (found == rows_.end()) found = rows_.insert(found, row{function, run.family_index});
  found->place = std::min(found->place, run.family_index);
  const auto column = std::ranges::find(libraries, library) - libraries.begin();
  double& fastest = found->nanoseconds.at(static_cast<std::size_t>(column));
  const double nanoseconds = 1e9 / run.counters.at("items_per_second").value;
  fastest = fastest == 0 ? nanoseconds : std::min(fastest, nanoseconds);
}

void table_reporter::Finalize() {
  std::ranges::sort(rows_, {}, &row::place);
  std::vector<std::vector<std::string>> cells{
      {"function", "variad, ns", "std, ns", "Boost.Random, ns", "libtorch, ns", "faster than std"}};
  for (const row& r : rows_) {
    auto& line = cells.emplace_back(1, r.function);
    for (const double t : r.nanoseconds) line.push_back(t == 0 ? "-" : number(t));
    const double ours = r.nanoseconds[0], standard = r.nanoseconds[1];
    line.push_back(ours == 0 || standard == 0 ? "-" : number(standard / ours) + "×");
  }

  // Of characters, of which the continuation bytes of UTF-8 are none.
  const auto width_of = [](const std::string& s) {
    return std::ranges::count_if(s, [](char c) { return (c & 0xc0) != 0x80; });
  };
  std::vector<std::ptrdiff_t> widths(cells[0].size());
  for (const auto& line : cells)
    for (std::size_t j = 0; j < line.size(); ++j)
      widths[j] = std::max(widths[j], width_of(line[j]));

  std::ostream& out = GetOutputStream();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t j = 0; j < widths.size(); ++j) {
      const std::string blanks(static_cast<std::size_t>(widths[j] - width_of(cells[i][j])), ' ');
      out << "| " << (j == 0 ? cells[i][j] + blanks : blanks + cells[i][j]) << ' ';
    }
    out << "|\n";
    if (i > 0) continue;
    for (std::size_t j = 0; j < widths.size(); ++j)
      out << "| " << std::string(static_cast<std::size_t>(widths[j] - 1), '-')
          << (j == 0 ? "- " : ": ");
    out << "|\n";
  }
  out.flush();
}

}  // namespace kernels
