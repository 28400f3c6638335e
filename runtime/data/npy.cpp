#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <variad/runtime/data/npy.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/io/printable.hpp>
#include <variad/runtime/io/regular_file.hpp>

namespace variad::internals {
namespace {

/// Parses the header of an npy file, a Python dictionary as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
class npy_header {
 public:
  npy_header(std::string_view text, std::string path) : text_(text), path_(std::move(path)) {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr")
        parse_type();
      else if (key == "fortran_order")
        parse_order();
      else if (key == "shape")
        parse_shape();
      else
        fail("the key '" + printable(key) + "'", "'descr', 'fortran_order' or 'shape'");
      if (!accept(',') && peek() != '}') fail_here("',' or '}'");
    }
    if (!type || !ordered_ || !shaped_)
      fail("no entry for one of them", "'descr', 'fortran_order' and 'shape'");
  }

  std::optional<element_type> type;
  std::vector<std::size_t> shape;

 private:
  void parse_type() {
    constexpr std::array<std::pair<std::string_view, element_type>, 8> types{
        {{"<f4", element_type::float32},
         {"<f8", element_type::float64},
         {"|u1", element_type::uint8},
         {"|i1", element_type::int8},
         {"<i2", element_type::int16},
         {"<i4", element_type::int32},
         {"<i8", element_type::int64},
         {"|b1", element_type::boolean}}};
    if (type) fail("'descr' twice", "it once");
    if (peek() != '\'') fail("a structured element type", "a plain one, as '<f4'");
    const std::string_view found = quoted();
    for (const auto& [name, value] : types)
      if (name == found) type = value;
    if (!type)
      fail("the element type '" + printable(found) + "'",
           "'<f4', '<f8', '|u1', '|i1', '<i2', '<i4', '<i8' or '|b1'");
  }

  void parse_order() {
    if (ordered_) fail("'fortran_order' twice", "it once");
    if (accept_word("True")) fail("an array in Fortran order", "C order (numpy.ascontiguousarray)");
    if (!accept_word("False")) fail_here("True or False");
    ordered_ = true;
  }

  void parse_shape() {
    if (shaped_) fail("'shape' twice", "it once");
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::size_t extent = 0;
      const auto [end, status] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), extent);
      if (status != std::errc{}) fail_here("an extent");
      at_ = static_cast<std::size_t>(end - text_.data());
      shape.push_back(extent);
      accept('L');  // as Python 2 prints it
      if (!accept(',') && peek() != ')') fail_here("',' or ')'");
    }
    shaped_ = true;
  }

  std::string_view quoted() {
    expect('\'');
    const std::size_t end = text_.find('\'', at_);
    if (end == std::string_view::npos) fail_here("a closing quote");
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end + 1;
    return word;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  bool accept_word(std::string_view word) {
    skip_space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) fail_here(std::string("'") + wanted + "'");
  }
  [[noreturn]] void fail_here(const std::string& expected) const {
    fail("'" + printable(text_.substr(std::min(at_, text_.size()), 20)) + "' at character " +
             std::to_string(at_),
         expected);
  }
  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    throw error("'" + path_ + "': the npy header has " + found + ", expected " + expected);
  }

  std::string_view text_;
  std::string path_;
  std::size_t at_ = 0;
  bool ordered_ = false;
  bool shaped_ = false;
};

class npy_array : public array_file {
 public:
  explicit npy_array(const std::string& path)
      : array_file(regular_file(path)), file_(path, std::ios::binary) {
    if (!file_) fail("cannot open the file");
    std::array<std::byte, 8> start{};
    constexpr std::string_view magic = "\x93NUMPY";
    if (read_some(start.data(), start.size()) != start.size() ||
        std::memcmp(start.data(), magic.data(), magic.size()) != 0)
      fail("found a file that does not begin with \\x93NUMPY, expected an npy file");
    const auto version = std::to_integer<unsigned>(start[6]);
    if (version != 1 && version != 2)
      fail("found version " + std::to_string(version) + " of the npy format, expected 1 or 2");

    std::array<std::byte, 4> length_bytes{};
    const std::size_t length_size = version == 1 ? 2 : 4;
    std::size_t length = 0;
    if (read_some(length_bytes.data(), length_size) != length_size)
      fail("truncated within the npy header");
    for (std::size_t i = length_size; i-- > 0;)
      length = length << 8 | std::to_integer<std::size_t>(length_bytes[i]);
    if (length > largest_header)
      fail("found an npy header of " + std::to_string(length) + " bytes, expected at most " +
           std::to_string(largest_header));
    std::string text(length, '\0');
    const std::size_t found = read_some(std::as_writable_bytes(std::span(text)).data(), length);
    if (found < length)
      fail("truncated: found " + std::to_string(found) + " bytes of the npy header, expected " +
           std::to_string(length));
    npy_header header(text, path);
    set_layout(*header.type, std::move(header.shape), false);
    begin_ = start.size() + length_size + length;
    file_.seekg(0, std::ios::end);
    check_size(static_cast<std::size_t>(file_.tellg()) - begin_);
  }

 private:
  static constexpr std::size_t largest_header = std::size_t{1} << 16;

  void seek(std::size_t byte) override {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(begin_ + byte));
  }
  std::size_t read_some(std::byte* out, std::size_t count) override {
    file_.read(reinterpret_cast<char*>(out), static_cast<std::streamsize>(count));
    return static_cast<std::size_t>(file_.gcount());
  }

  std::ifstream file_;
  std::size_t begin_ = 0;
};

}  // namespace

std::unique_ptr<array_file> open_npy(const std::string& path) {
  return std::make_unique<npy_array>(path);
}

}  // namespace variad::internals
