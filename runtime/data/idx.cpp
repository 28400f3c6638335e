#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <zlib.h>

#include <variad/runtime/data/idx.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals {
namespace {

/// Reads a file that is plain or compressed by gzip.
class gzip_reader {
 public:
  explicit gzip_reader(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) fail(std::string("cannot open the file: ") + std::strerror(errno));
    gzbuffer(file_.get(), 1u << 17);
  }

  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::size_t read(std::byte* out, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
      const auto chunk = static_cast<unsigned>(std::min(count - done, std::size_t{1} << 30));
      const int found = gzread(file_.get(), out + done, chunk);
      int code = Z_OK;
      const char* message = gzerror(file_.get(), &code);
      if (found < 0 || (code != Z_OK && code != Z_STREAM_END))
        fail(code == Z_BUF_ERROR
                 ? "the compressed data end after " + std::to_string(done) +
                       " bytes of a block, expected " + std::to_string(count) + ": truncated"
                 : std::string("found damaged data (") + message + "), expected a gzip file");
      if (found == 0) break;
      done += static_cast<std::size_t>(found);
    }
    return done;
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw error("'" + path_ + "': " + message);
  }

 private:
  struct closer {
    void operator()(gzFile file) const { gzclose(file); }
  };

  std::string path_;
  std::unique_ptr<gzFile_s, closer> file_;
};

/// Reads `expected` bytes, growing as they come: a damaged header allocates no more than the file
/// holds, twice.
std::vector<std::byte> read_block(gzip_reader& file, std::size_t expected,
                                  const std::string& what) {
  constexpr std::size_t chunk = std::size_t{1} << 24;
  std::vector<std::byte> bytes;
  while (bytes.size() < expected) {
    const std::size_t before = bytes.size();
    const std::size_t wanted = std::min(expected - before, std::max(chunk, before));
    bytes.resize(before + wanted);
    const std::size_t found = file.read(bytes.data() + before, wanted);
    if (found < wanted)
      file.fail("truncated: found " + std::to_string(before + found) + " bytes of " + what +
                ", expected " + std::to_string(expected));
  }
  return bytes;
}

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

}  // namespace

raw_array load_idx(const std::string& path) {
  gzip_reader file(path);
  std::array<std::byte, 4> magic{};
  const std::size_t found = file.read(magic.data(), magic.size());
  const std::span<const std::byte> start(magic.data(), found);
  if (found < magic.size() || magic[0] != std::byte{0} || magic[1] != std::byte{0})
    file.fail("found a file that begins with the bytes '" + hexadecimal(start) +
              "', expected the magic number of an idx file: 00 00, type, rank");
  const std::optional<element_type> type = idx_element_type(magic[2]);
  if (!type)
    file.fail("found the idx element type " + hexadecimal(start.subspan(2, 1)) +
              ", expected 08, 09, 0b, 0c, 0d or 0e");

  const std::size_t rank = std::to_integer<std::size_t>(magic[3]);
  const std::vector<std::byte> extents = read_block(file, 4 * rank, "extents");
  raw_array raw{.type = *type, .shape = {}, .bytes = {}};
  for (std::size_t i = 0; i < rank; ++i) {
    std::size_t extent = 0;
    for (std::size_t j = 0; j < 4; ++j)
      extent = extent << 8 | std::to_integer<std::size_t>(extents[4 * i + j]);
    raw.shape.push_back(extent);
  }

  const std::size_t item = size_of(*type);
  const std::size_t expected = byte_count(raw.shape, item, path);
  raw.bytes = read_block(file, expected, "values");
  std::byte excess{};
  if (file.read(&excess, 1) != 0)
    file.fail("oversized: found more than the expected " + std::to_string(expected) +
              " bytes of values");
  // Values of several bytes are stored big-endian.
  for (std::size_t i = 0; item > 1 && i < raw.bytes.size(); i += item)
    std::reverse(raw.bytes.data() + i, raw.bytes.data() + i + item);
  return raw;
}

}  // namespace variad::internals
