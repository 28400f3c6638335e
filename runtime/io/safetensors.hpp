#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace variad::internals {

static_assert(std::endian::native == std::endian::little,
              "variad reads and writes its files on little-endian machines");

/// The element types of a tensor file, by the names that the format gives them.
enum class tensor_type { F32, F64, U32, U64, I64 };

struct tensor_type_info {
  std::string_view name;
  std::size_t size;
};
inline constexpr std::array<tensor_type_info, 5> tensor_types{
    {{"F32", 4}, {"F64", 8}, {"U32", 4}, {"U64", 8}, {"I64", 8}}};

constexpr const tensor_type_info& info(tensor_type type) {
  return tensor_types[static_cast<std::size_t>(type)];
}

/// The tensor type of `T`: float, double, or an integer of the format.
template <class T>
inline constexpr tensor_type tensor_type_of = [] {
  if constexpr (std::is_same_v<T, float>)
    return tensor_type::F32;
  else if constexpr (std::is_same_v<T, double>)
    return tensor_type::F64;
  else if constexpr (std::is_same_v<T, std::uint32_t>)
    return tensor_type::U32;
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return tensor_type::U64;
  else {
    static_assert(std::is_same_v<T, std::int64_t>, "a tensor holds float, double, u32, u64 or i64");
    return tensor_type::I64;
  }
}();

/// The name of a type in a file: "F32".
constexpr std::string_view name_of(tensor_type type) { return info(type).name; }

/// A named row-major array whose bytes live elsewhere.
struct tensor_entry {
  std::string name;
  tensor_type dtype = tensor_type::F32;
  std::vector<std::size_t> shape;
  std::span<const std::byte> bytes;
};

/// An entry that looks at `values`.
template <class T>
tensor_entry make_tensor(std::string name, std::vector<std::size_t> shape,
                         std::span<const T> values) {
  return {std::move(name), tensor_type_of<T>, std::move(shape), std::as_bytes(values)};
}

/// A tensor of a file that is being read.
struct stored_tensor {
  std::string name;
  tensor_type dtype = tensor_type::F32;
  std::vector<std::size_t> shape;
  std::size_t begin = 0;  ///< of its bytes, in the data of the file
  std::size_t bytes = 0;
};

/// Writes a file of the safetensors format (https://github.com/huggingface/safetensors): 8 bytes of
/// header length, a JSON header padded with spaces to a multiple of 8, the tensors without gaps,
/// those of wide elements first so that all are aligned. The metadata get an entry 'checksum', the
/// CRC-32 of the whole file with zeros for its digits. The file appears complete or not at all.
/// Throws `variad::error` naming the file if it cannot be written, if two tensors have one name, or
/// if a tensor's bytes do not fill its shape.
void write_safetensors(const std::string& path, std::span<const tensor_entry> tensors,
                       const std::map<std::string, std::string>& metadata);

/// A file of the safetensors format with tensors of type F32, F64, U32, U64 or I64. Its header is
/// held, and tensors are read as they are asked for: a damaged file takes no more memory than its
/// header, of at most 16 MiB. Everything throws `variad::error` naming the file, what was found and
/// what was expected.
class safetensors_reader {
 public:
  /// Opens the file, which may be missing, truncated, oversized or malformed, whose tensors may
  /// overlap or whose checksum, if there is one, may be that of other bytes.
  explicit safetensors_reader(std::string path);

  /// Without the checksum.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] bool has_checksum() const { return has_checksum_; }
  /// In the order of their data.
  [[nodiscard]] const std::vector<stored_tensor>& tensors() const { return tensors_; }
  /// The tensor of that name, or nullptr.
  [[nodiscard]] const stored_tensor* find(std::string_view name) const;

  [[nodiscard]] std::vector<std::byte> read(const stored_tensor& tensor);

 private:
  void check_checksum(std::string header, std::size_t data_bytes);
  void read_to(std::span<std::byte> out);
  [[noreturn]] void fail(const std::string& message) const;

  std::string path_;
  std::ifstream file_;
  std::size_t data_begin_ = 0;
  std::map<std::string, std::string> metadata_;
  bool has_checksum_ = false;
  std::vector<stored_tensor> tensors_;
};

}  // namespace variad::internals
