#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include <nlohmann/json.hpp>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/atomic_file.hpp>
#include <variad/runtime/io/safetensors.hpp>

namespace variad::internals {

void write_safetensors(const std::string& path, std::span<const tensor_entry> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const tensor_entry*> order;
  for (const std::size_t size : {std::size_t{8}, std::size_t{4}})
    for (const tensor_entry& tensor : tensors)
      if (info(tensor.dtype).size == size) order.push_back(&tensor);

  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const tensor_entry* tensor : order) {
    const std::size_t count = std::accumulate(tensor->shape.begin(), tensor->shape.end(),
                                              std::size_t{1}, std::multiplies<>{});
    if (count * info(tensor->dtype).size != tensor->bytes.size())
      throw error("'" + path + "': tensor '" + tensor->name + "' has " +
                  std::to_string(tensor->bytes.size()) + " bytes, its shape needs " +
                  std::to_string(count * info(tensor->dtype).size));
    if (header.contains(tensor->name) || tensor->name == "__metadata__")
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
  atomic_file file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(text);
  for (const tensor_entry* tensor : order) file.write(tensor->bytes);
  file.commit();
}

namespace {

class safetensors_reader {
 public:
  explicit safetensors_reader(std::string path) : path_(std::move(path)) {}

  tensor_file read() {
    std::ifstream file(path_, std::ios::binary);
    if (!file) fail("cannot open the file");
    if (!std::filesystem::is_regular_file(path_))
      fail("not a regular file, expected one of the safetensors format");
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path_));
    std::uint64_t length = 0;
    if (size < sizeof(length))
      fail("truncated: found " + std::to_string(size) +
           " bytes, expected at least 8 of a safetensors file");
    file.read(reinterpret_cast<char*>(&length), sizeof(length));
    if (length > size - sizeof(length))
      fail("found a header length of " + std::to_string(length) + " in a file of " +
           std::to_string(size) + " bytes: truncated, or not a safetensors file");

    std::string text(length, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    tensor_file result;
    result.storage.resize(size - sizeof(length) - text.size());
    file.read(reinterpret_cast<char*>(result.storage.data()),
              static_cast<std::streamsize>(result.storage.size()));
    if (!file) fail("cannot read the whole file");

    try {
      parse(nlohmann::json::parse(text), result);
    } catch (const nlohmann::json::exception& problem) {
      fail(std::string("malformed header (") + problem.what() +
           "), expected the JSON of a safetensors file");
    }
    check_layout(result);
    return result;
  }

 private:
  void parse(const nlohmann::json& header, tensor_file& result) const {
    if (!header.is_object()) fail("malformed header, expected a JSON object");
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        value.get_to(result.metadata);
        continue;
      }
      const auto dtype = value.at("dtype").get<std::string>();
      const auto known = std::find_if(tensor_types.begin(), tensor_types.end(),
                                      [&](const auto& type) { return type.name == dtype; });
      if (known == tensor_types.end())
        fail("tensor '" + name + "' has the type " + dtype +
             ", expected F32, F64, U32, U64 or I64");
      const auto begin = offset(name, value.at("data_offsets").at(0));
      const auto end = offset(name, value.at("data_offsets").at(1));
      if (begin > end || end > result.storage.size())
        fail("tensor '" + name + "' has the offsets [" + std::to_string(begin) + ", " +
             std::to_string(end) + "], expected them ordered and within the " +
             std::to_string(result.storage.size()) + " bytes of data: truncated or malformed");
      tensor_entry entry{name, static_cast<tensor_type>(known - tensor_types.begin()), {}, {}};
      std::size_t bytes = known->size;
      for (const auto& extent : value.at("shape")) {
        entry.shape.push_back(offset(name, extent));
        if (bytes != 0 && entry.shape.back() > std::numeric_limits<std::size_t>::max() / bytes)
          fail("tensor '" + name + "' has a shape of more bytes than can be addressed");
        bytes *= entry.shape.back();
      }
      if (end - begin != bytes)
        fail("tensor '" + name + "' has " + std::to_string(end - begin) +
             " bytes, its shape needs " + std::to_string(bytes));
      entry.bytes = std::span(result.storage).subspan(begin, bytes);
      result.tensors.push_back(std::move(entry));
    }
  }

  [[nodiscard]] std::size_t offset(const std::string& name, const nlohmann::json& value) const {
    if (!value.is_number_unsigned())
      fail("tensor '" + name + "' has " + value.dump() + ", expected a count");
    return value.get<std::size_t>();
  }

  /// The format wants the data covered by the tensors, each byte once.
  void check_layout(tensor_file& file) const {
    std::sort(file.tensors.begin(), file.tensors.end(), [](const auto& a, const auto& b) {
      return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
    });
    std::size_t expected = 0;
    for (const tensor_entry& tensor : file.tensors) {
      const auto begin = static_cast<std::size_t>(tensor.bytes.data() - file.storage.data());
      if (begin != expected)
        fail("tensor '" + tensor.name + "' begins at byte " + std::to_string(begin) +
             (begin < expected ? " and overlaps another, expected " : " after a gap, expected ") +
             std::to_string(expected));
      expected += tensor.bytes.size();
    }
    if (expected != file.storage.size())
      fail("oversized: found " + std::to_string(file.storage.size()) + " bytes of data, expected " +
           std::to_string(expected));
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw error("'" + path_ + "': " + message);
  }

  std::string path_;
};

}  // namespace

tensor_file read_safetensors(const std::string& path) { return safetensors_reader(path).read(); }

}  // namespace variad::internals
