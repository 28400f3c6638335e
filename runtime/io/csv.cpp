#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include <sys/stat.h>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>
#include <variad/runtime/io/csv.hpp>
#include <variad/runtime/io/printable.hpp>

namespace variad {
namespace {

using internals::printable;

std::string cell_text(const csv_value& value) {
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
std::string_view field_of(std::string_view line, std::size_t index) {
  for (; index > 0; --index) {
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos) return {};
    line.remove_prefix(comma + 1);
  }
  return line.substr(0, line.find(','));
}

/// The next line with its end, as far as there is one.
bool read_line(std::istream& file, std::string& line, const std::string& path) {
  constexpr std::size_t longest = 65536;
  line.clear();
  for (char c = 0; file.get(c);) {
    line += c;
    if (c == '\n') return true;
    if (line.size() > longest)
      throw error("'" + path + "': found a line of more than " + std::to_string(longest) +
                  " bytes, expected a table of metrics");
  }
  return false;
}

std::string header(const std::vector<std::string>& columns) {
  std::string line;
  for (const std::string& column : columns) {
    line += cell_text(std::string_view(column));
    line += ',';
  }
  line.back() = '\n';
  return line;
}

}  // namespace

csv_writer::csv_writer(std::string path, std::vector<std::string> columns)
    : path_(std::move(path)), columns_(columns.size()) {
  if (columns.empty()) throw error("'" + path_ + "': a table of no columns, expected some");
  open(std::ios::trunc);
  file_ << header(columns) << std::flush;
  check();
}

csv_writer::csv_writer(std::string path, std::size_t columns)
    : path_(std::move(path)), columns_(columns) {
  open(std::ios::app);
}

csv_writer csv_writer::resume(std::string path, const std::vector<std::string>& columns,
                              std::string_view key, std::uint64_t last) {
  internals::atomic_file cut(path);  // refuses what cannot be read as a file
  std::ifstream old(path, std::ios::binary);
  if (!old) return csv_writer(std::move(path), columns);

  std::size_t key_index = 0;
  while (key_index < columns.size() && columns[key_index] != key) ++key_index;
  std::string kept;
  for (std::string line; read_line(old, line, path);) {
    if (kept.empty()) {
      if (line != header(columns))
        throw error("'" + path + "': found the header " +
                    printable({line.data(), line.size() - 1}, 200) + ", expected " +
                    header(columns).substr(0, header(columns).size() - 1));
      kept = line;
      continue;
    }
    const std::string_view field = field_of({line.data(), line.size() - 1}, key_index);
    std::uint64_t step = 0;
    const auto [end, status] = std::from_chars(field.data(), field.data() + field.size(), step);
    if (status != std::errc{} || end != field.data() + field.size())
      throw error("'" + path + "': found the value '" + printable(field) + "' in the column '" +
                  std::string(key) + "', expected a whole number");
    if (step <= last) kept += line;
  }
  if (kept.empty()) kept = header(columns);
  cut.write(kept);
  cut.commit();
  return csv_writer(std::move(path), columns.size());
}

void csv_writer::write(std::span<const csv_value> row) {
  if (row.size() != columns_)
    throw error("'" + path_ + "': a row of " + std::to_string(row.size()) + " values, expected " +
                std::to_string(columns_));
  std::string line;
  for (const csv_value& value : row) {
    line += cell_text(value);
    line += ',';
  }
  line.back() = '\n';
  errno = 0;
  file_ << line << std::flush;
  check();
}

void csv_writer::write(std::initializer_list<csv_value> row) {
  write(std::span<const csv_value>(row.begin(), row.size()));
}

void csv_writer::open(std::ios::openmode mode) {
  errno = 0;
  file_.open(path_, std::ios::binary | std::ios::out | mode);
  check();
  struct stat found {};
  if (::stat(path_.c_str(), &found) == 0) device_ = found.st_dev, number_ = found.st_ino;
}

bool csv_writer::has_gone() const {
  struct stat found {};
  return ::stat(path_.c_str(), &found) != 0 || found.st_dev != device_ || found.st_ino != number_;
}

void csv_writer::check() const {
  if (!file_)
    throw error("'" + path_ + "': cannot write the file" +
                (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
}

}  // namespace variad
