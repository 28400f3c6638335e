#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <zlib.h>

#include <variad/runtime/data/idx.hpp>
#include <variad/runtime/io/printable.hpp>
#include <variad/runtime/io/regular_file.hpp>

namespace variad::internals {
namespace {

std::optional<element_type> idx_element_type(std::byte code) {
  switch (std::to_integer<int>(code)) {
    case 0x08:
      return element_type::uint8;
    case 0x09:
      return element_type::int8;
    case 0x0B:
      return element_type::int16;
    case 0x0C:
      return element_type::int32;
    case 0x0D:
      return element_type::float32;
    case 0x0E:
      return element_type::float64;
    default:
      return std::nullopt;
  }
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    std::array<char, 8> two{};
    std::snprintf(two.data(), two.size(), "%02x", std::to_integer<unsigned>(byte));
    if (!text.empty()) text += ' ';
    text += two.data();
  }
  return text;
}

/// Plain or compressed by gzip.
class idx_array : public array_file {
 public:
  explicit idx_array(const std::string& path)
      : array_file(regular_file(path)), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) fail(std::string("cannot open the file: ") + std::strerror(errno));
    gzbuffer(file_.get(), 1u << 17);
    std::array<std::byte, 4> magic{};
    const std::span<const std::byte> start(magic.data(), read_some(magic.data(), magic.size()));
    if (start.size() < magic.size() || magic[0] != std::byte{0} || magic[1] != std::byte{0})
      fail("found a file that begins with the bytes '" + hexadecimal(start) +
           "', expected the magic number of an idx file: 00 00, type, rank");
    const std::optional<element_type> type = idx_element_type(magic[2]);
    if (!type)
      fail("found the idx element type " + hexadecimal(start.subspan(2, 1)) +
           ", expected 08, 09, 0b, 0c, 0d or 0e");

    std::vector<std::byte> extents(4 * std::to_integer<std::size_t>(magic[3]));
    const std::size_t found = read_some(extents.data(), extents.size());
    if (found < extents.size())
      fail("truncated: found " + std::to_string(found) + " bytes of extents, expected " +
           std::to_string(extents.size()));
    std::vector<std::size_t> shape;
    for (std::size_t i = 0; i < extents.size(); i += 4) {
      std::size_t extent = 0;
      for (std::size_t j = 0; j < 4; ++j)
        extent = extent << 8 | std::to_integer<std::size_t>(extents[i + j]);
      shape.push_back(extent);
    }
    set_layout(*type, std::move(shape), true);
    begin_ = magic.size() + extents.size();
    check_against_file();
  }

 private:
  struct closer {
    void operator()(gzFile file) const { gzclose(file); }
  };

  /// Before room is made: of a compressed file it is known only what it can hold at most.
  void check_against_file() const {
    std::error_code problem;
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path(), problem));
    if (problem) return;
    constexpr std::size_t largest_ratio = 1032;  // of deflate
    if (gzdirect(file_.get()) != 0)
      check_size(size - begin_);
    else if (bytes() / largest_ratio > size)
      fail("truncated: found " + std::to_string(size) + " compressed bytes, expected " +
           std::to_string(bytes()) + " bytes of values");
  }

  void seek(std::size_t byte) override {
    if (gzseek(file_.get(), static_cast<z_off_t>(begin_ + byte), SEEK_SET) < 0) check_stream();
  }
  std::size_t read_some(std::byte* out, std::size_t count) override {
    std::size_t done = 0;
    while (done < count) {
      const auto part = static_cast<unsigned>(std::min(count - done, std::size_t{1} << 30));
      const int found = gzread(file_.get(), out + done, part);
      check_stream();
      if (found <= 0) break;
      done += static_cast<std::size_t>(found);
    }
    return done;
  }
  void check_stream() const {
    int code = Z_OK;
    const std::string message = gzerror(file_.get(), &code);
    if (code == Z_BUF_ERROR) fail("truncated: the compressed data end before the values do");
    if (code != Z_OK && code != Z_STREAM_END)
      fail("found damaged data (" + printable(message, 200) + "), expected a gzip file");
  }

  std::unique_ptr<gzFile_s, closer> file_;
  std::size_t begin_ = 0;
};

}  // namespace

std::unique_ptr<array_file> open_idx(const std::string& path) {
  return std::make_unique<idx_array>(path);
}

}  // namespace variad::internals
