#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include <csv.h>

#include <variad/runtime/data/csv_table.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/io/printable.hpp>

namespace variad::internals {
namespace {

class csv_reader {
 public:
  csv_reader(const std::string& path, std::span<const std::string> columns)
      : path_(path), wanted_(columns.begin(), columns.end()) {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) fail("no memory to read it with");
  }
  csv_reader(const csv_reader&) = delete;
  csv_reader& operator=(const csv_reader&) = delete;
  ~csv_reader() { csv_free(&parser_); }

  csv_table read() {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path_.c_str(), "rb"),
                                                               &std::fclose);
    if (!file) fail("cannot be opened");
    std::array<char, 1 << 16> block;
    for (bool begins = true;; begins = false) {
      const std::size_t count = std::fread(block.data(), 1, block.size(), file.get());
      if (count == 0) break;
      std::string_view bytes(block.data(), count);
      if (begins && bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
      parse(bytes);
    }
    if (std::ferror(file.get()) != 0) fail("cannot be read");
    if (csv_fini(&parser_, &on_field, &on_row, this) != 0)
      fail(in_line() + "found a quoted field that does not end");
    if (!mistake_.empty()) fail(mistake_);
    if (in_header_) fail("found no line of column names");
    if (table_.rows == 0) fail("found no rows below the column names");
    return std::move(table_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw error("'" + path_ + "': " + what); }
  std::string in_line() const { return "line " + std::to_string(line_) + ": "; }

  /// Line by line, so that a mistake has the number of its own.
  void parse(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end == bytes.npos ? end : end + 1);
      const bool blank = part == "\n" || part == "\r\n";
      if (blank && !in_header_ && names_.size() == 1 && parser_.pstate == 0) blank_line_ = line_;
      if (csv_parse(&parser_, part.data(), part.size(), &on_field, &on_row, this) != part.size())
        fail(in_line() +
             "found a quote within a field, expected fields that are quoted as a whole, with \"\" "
             "for a quote in them");
      if (!mistake_.empty()) fail(mistake_);
      if (end == bytes.npos) return;
      ++line_;
      bytes.remove_prefix(part.size());
    }
  }

  // No exception may pass through the library, which is in C: a mistake waits for the next line.
  static void on_field(void* text, std::size_t size, void* self) {
    static_cast<csv_reader*>(self)->field(
        {text == nullptr ? "" : static_cast<const char*>(text), size});
  }
  static void on_row(int, void* self) { static_cast<csv_reader*>(self)->end_row(); }

  void field(std::string_view text) {
    const std::size_t at = at_++;
    if (in_header_) {
      names_.emplace_back(text);
    } else if (at < names_.size() && mistake_.empty()) {
      if (at == 0) table_.values.resize(table_.values.size() + wanted_.size());
      for (std::size_t j = 0; j < wanted_.size(); ++j)
        if (place_[j] == at)
          table_.values[table_.rows * wanted_.size() + j] = number(text, names_[at]);
    }
  }
  void end_row() {
    const std::size_t found = std::exchange(at_, 0);
    if (!mistake_.empty()) return;
    if (in_header_) {
      in_header_ = false;
      return find_columns();
    }
    if (blank_line_ > 0)
      mistake_ = "line " + std::to_string(blank_line_) +
                 ": found an empty line in a table of one column; write NA for a gap";
    else if (found != names_.size())
      mistake_ = in_line() + "found " + std::to_string(found) + " fields, expected " +
                 std::to_string(names_.size()) + ", as many as there are column names";
    ++table_.rows;
  }

  void find_columns() {
    if (wanted_.empty()) wanted_ = names_;
    std::string all;
    for (const std::string& name : names_) all += (all.empty() ? "" : ", ") + printable(name);
    for (const std::string& name : wanted_) {
      const auto count = std::count(names_.begin(), names_.end(), name);
      if (count != 1) {
        mistake_ = in_line() + "found " + (count == 0 ? "no column '" : "more than one column '") +
                   printable(name) + "', expected one; there are " + all;
        return;
      }
      place_.push_back(
          static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin()));
    }
  }

  /// A number, or NaN for a gap.
  double number(std::string_view text, const std::string& column) {
    constexpr double gap = std::numeric_limits<double>::quiet_NaN();
    if (text.empty() || text == "NA" || text == "NaN" || text == "nan") return gap;
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    double value = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem == std::errc() && end == digits.data() + digits.size() && std::isfinite(value))
      return value;
    mistake_ = in_line() + "found '" + printable(text) + "' in the column '" + printable(column) +
               "', expected a number, or nothing for a gap";
    return gap;
  }

  std::string path_;
  std::vector<std::string> wanted_, names_;
  std::vector<std::size_t> place_;  // by wanted column, among those of the file
  csv_parser parser_{};
  csv_table table_;
  std::size_t line_ = 1, blank_line_ = 0, at_ = 0;
  bool in_header_ = true;
  std::string mistake_;
};

}  // namespace

csv_table read_csv(const std::string& path, std::span<const std::string> columns) {
  return csv_reader(path, columns).read();
}

}  // namespace variad::internals
