#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>
#include <variad/runtime/io/printable.hpp>
#include <variad/runtime/io/regular_file.hpp>
#include <variad/runtime/io/safetensors.hpp>

namespace variad::internals {
namespace {

constexpr std::string_view checksum_begin = "crc32 ";
constexpr std::size_t checksum_digits = 8;
constexpr std::size_t largest_header = std::size_t{16} << 20;

class checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto part = bytes.first(std::min(bytes.size(), std::size_t{1} << 30));
      value_ = crc32(value_, reinterpret_cast<const Bytef*>(part.data()),
                     static_cast<uInt>(part.size()));
      bytes = bytes.subspan(part.size());
    }
  }
  [[nodiscard]] std::string digits() const {
    std::array<char, checksum_digits> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value_, 16).ptr;
    const std::string found(text.data(), end);
    return std::string(checksum_digits - found.size(), '0') + found;
  }

 private:
  uLong value_ = crc32(0, nullptr, 0);
};

/// Where the digits of the checksum stand in a header that holds one, or npos.
std::size_t place_of_digits(const std::string& text, std::string_view digits) {
  std::string entry = "\"";
  entry += checksum_begin;
  entry += digits;
  const std::size_t found = text.find(entry + '"');
  return found == std::string::npos ? found : found + 1 + checksum_begin.size();
}

/// Reads the header of a file with so many bytes of data.
class header_parser {
 public:
  header_parser(const std::string& path, std::size_t data_bytes)
      : path_(path), data_bytes_(data_bytes) {}

  std::map<std::string, std::string> metadata;
  std::vector<stored_tensor> tensors;  ///< in the order of their data

  void parse(const std::string& text) {
    using json = nlohmann::json;
    using kind = json::parse_event_t;
    // What the parser would quietly take for something else: keys that come twice, and brackets in
    // brackets, of which a file can hold more than a stack.
    std::array<std::set<std::string>, 4> keys;  // of the object that is open at each depth
    const auto guard = [&](int depth, kind event, const json& value) {
      const auto level = static_cast<std::size_t>(depth);
      if (event == kind::object_start || event == kind::array_start) {
        if (level + 1 == keys.size()) fail("malformed header, expected no brackets within a shape");
        keys[level + 1].clear();
      } else if (event == kind::key && !keys[level].insert(value.get<std::string>()).second) {
        fail("malformed header, found the key '" + printable(value.get<std::string>()) + "' twice");
      }
      return true;
    };
    try {
      const json header = json::parse(text, guard);
      if (!header.is_object()) fail("malformed header, expected a JSON object");
      for (const auto& [key, value] : header.items())
        if (key == "__metadata__")
          value.get_to(metadata);
        else
          tensors.push_back(tensor_of(key, value));
    } catch (const json::exception& problem) {
      fail("malformed header (" + printable(problem.what(), 200) +
           "), expected the JSON of a safetensors file");
    }
    std::ranges::sort(tensors, {}, [](const auto& t) { return std::pair(t.begin, t.bytes); });
    check_layout();
  }

 private:
  [[nodiscard]] stored_tensor tensor_of(const std::string& key, const nlohmann::json& value) const {
    const std::string name = "tensor '" + printable(key) + "'";
    const auto count = [&](const nlohmann::json& number) {
      if (!number.is_number_unsigned())
        fail(name + " has " + printable(number.dump()) + ", expected a count");
      return number.get<std::size_t>();
    };
    const auto dtype = value.at("dtype").get<std::string>();
    const auto known = std::find_if(tensor_types.begin(), tensor_types.end(),
                                    [&](const auto& type) { return type.name == dtype; });
    if (known == tensor_types.end())
      fail(name + " has the type " + printable(dtype) + ", expected F32, F64, U32, U64 or I64");
    const nlohmann::json &offsets = value.at("data_offsets"), &shape = value.at("shape");
    if (!offsets.is_array() || offsets.size() != 2)
      fail(name + " has the offsets " + printable(offsets.dump()) + ", expected a list of two");
    if (!shape.is_array())
      fail(name + " has the shape " + printable(shape.dump()) + ", expected a list");
    stored_tensor tensor{key, static_cast<tensor_type>(known - tensor_types.begin()), {}, 0, 0};
    tensor.begin = count(offsets[0]);
    const std::size_t end = count(offsets[1]);
    if (tensor.begin > end || end > data_bytes_)
      fail(name + " has the offsets [" + std::to_string(tensor.begin) + ", " + std::to_string(end) +
           "], expected them ordered and within the " + std::to_string(data_bytes_) +
           " bytes of data: truncated or malformed");
    tensor.bytes = known->size;
    for (const auto& extent : shape) {
      tensor.shape.push_back(count(extent));
      if (tensor.bytes != 0 &&
          tensor.shape.back() > std::numeric_limits<std::size_t>::max() / tensor.bytes)
        fail(name + " has a shape of more bytes than can be addressed");
      tensor.bytes *= tensor.shape.back();
    }
    if (end - tensor.begin != tensor.bytes)
      fail(name + " has " + std::to_string(end - tensor.begin) + " bytes, its shape needs " +
           std::to_string(tensor.bytes));
    return tensor;
  }

  /// The format wants the data covered by the tensors, each byte once.
  void check_layout() const {
    std::size_t expected = 0;
    for (const stored_tensor& tensor : tensors) {
      if (tensor.begin != expected)
        fail("tensor '" + printable(tensor.name) + "' begins at byte " +
             std::to_string(tensor.begin) +
             (tensor.begin < expected ? " and overlaps another, expected "
                                      : " after a gap, expected ") +
             std::to_string(expected));
      expected += tensor.bytes;
    }
    if (expected != data_bytes_)
      fail("oversized: found " + std::to_string(data_bytes_) + " bytes of data, expected " +
           std::to_string(expected));
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw error("'" + path_ + "': " + message);
  }

  const std::string& path_;
  std::size_t data_bytes_;
};

}  // namespace

void write_safetensors(const std::string& path, std::span<const tensor_entry> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const tensor_entry*> order;
  for (const std::size_t size : {std::size_t{8}, std::size_t{4}})
    for (const tensor_entry& tensor : tensors)
      if (info(tensor.dtype).size == size) order.push_back(&tensor);

  const std::string no_digits(checksum_digits, '0');
  nlohmann::json header = nlohmann::json::object();
  header["__metadata__"] = metadata;
  header["__metadata__"]["checksum"] = std::string(checksum_begin) + no_digits;
  std::size_t offset = 0;
  for (const tensor_entry* tensor : order) {
    const std::size_t count = std::accumulate(tensor->shape.begin(), tensor->shape.end(),
                                              std::size_t{1}, std::multiplies<>{});
    if (count * info(tensor->dtype).size != tensor->bytes.size())
      throw error("'" + path + "': tensor '" + tensor->name + "' has " +
                  std::to_string(tensor->bytes.size()) + " bytes, its shape needs " +
                  std::to_string(count * info(tensor->dtype).size));
    if (header.contains(tensor->name))
      throw error("'" + path + "': the tensor name '" + tensor->name +
                  "' is taken; expected each name once");
    const std::size_t end = offset + tensor->bytes.size();
    header[tensor->name] = {{"dtype", name_of(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }

  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  if (length > largest_header)
    throw error("'" + path + "': found a header of " + std::to_string(length) +
                " bytes, expected at most " + std::to_string(largest_header) +
                ": names and metadata are too long");
  const std::span<const std::byte> length_bytes = std::as_bytes(std::span(&length, 1));
  checksum sum;
  sum.add(length_bytes);
  sum.add(std::as_bytes(std::span(text)));
  for (const tensor_entry* tensor : order) sum.add(tensor->bytes);
  text.replace(place_of_digits(text, no_digits), checksum_digits, sum.digits());

  atomic_file file(path);
  file.write(length_bytes);
  file.write(text);
  for (const tensor_entry* tensor : order) file.write(tensor->bytes);
  file.commit();
}

safetensors_reader::safetensors_reader(std::string path)
    : path_(regular_file(std::move(path))), file_(path_, std::ios::binary) {
  if (!file_) fail("cannot open the file");
  std::error_code problem;
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path_, problem));
  if (problem) fail("cannot find its size: " + problem.message());
  std::uint64_t length = 0;
  if (size < sizeof(length))
    fail("truncated: found " + std::to_string(size) +
         " bytes, expected at least 8 of a safetensors file");
  read_to(std::as_writable_bytes(std::span(&length, 1)));
  if (length > size - sizeof(length) || length > largest_header)
    fail("found a header length of " + std::to_string(length) + " in a file of " +
         std::to_string(size) + " bytes, expected at most " + std::to_string(largest_header) +
         " and within the file: truncated, or not a safetensors file");

  std::string text(length, '\0');
  read_to(std::as_writable_bytes(std::span(text)));
  data_begin_ = sizeof(length) + text.size();
  const std::size_t data_bytes = size - data_begin_;
  header_parser header(path_, data_bytes);
  header.parse(text);
  metadata_ = std::move(header.metadata);
  tensors_ = std::move(header.tensors);
  check_checksum(std::move(text), data_bytes);
}

const stored_tensor* safetensors_reader::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& t) { return t.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

std::vector<std::byte> safetensors_reader::read(const stored_tensor& tensor) {
  std::vector<std::byte> bytes(tensor.bytes);
  file_.seekg(static_cast<std::streamoff>(data_begin_ + tensor.begin));
  read_to(bytes);
  return bytes;
}

void safetensors_reader::read_to(std::span<std::byte> out) {
  file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (!file_) fail("cannot read the whole file");
}

void safetensors_reader::check_checksum(std::string header, std::size_t data_bytes) {
  const auto entry = metadata_.find("checksum");
  if (entry == metadata_.end()) return;
  has_checksum_ = true;
  const std::string written = entry->second;
  metadata_.erase(entry);
  const std::string digits = written.substr(std::min(written.size(), checksum_begin.size()));
  const std::size_t place = place_of_digits(header, digits);
  checksum sum;
  if (digits.size() == checksum_digits && place != std::string::npos) {
    header.replace(place, checksum_digits, std::string(checksum_digits, '0'));
    const std::uint64_t length = header.size();
    sum.add(std::as_bytes(std::span(&length, 1)));
    sum.add(std::as_bytes(std::span(header)));
    file_.seekg(static_cast<std::streamoff>(data_begin_));
    std::vector<std::byte> chunk(std::min(data_bytes, std::size_t{1} << 20));
    for (std::size_t at = 0; at < data_bytes; at += chunk.size()) {
      const auto part = std::span(chunk).first(std::min(chunk.size(), data_bytes - at));
      read_to(part);
      sum.add(part);
    }
    if (sum.digits() == digits) return;
  }
  fail("found the checksum '" + printable(written) + "', that of the content is '" +
       std::string(checksum_begin) + sum.digits() +
       "': the file is damaged, or another program has written it and kept the checksum of "
       "before; take an earlier file");
}

void safetensors_reader::fail(const std::string& message) const {
  throw error("'" + path_ + "': " + message);
}

}  // namespace variad::internals
