#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <variad/runtime/io/safetensors.hpp>

namespace variad_tests {

/// The whole content of a tensor file, which tests change and write again.
struct tensor_file {
  std::map<std::string, std::string> metadata;
  std::vector<variad::internals::tensor_entry> tensors;
  std::vector<std::vector<std::byte>> storage;

  explicit tensor_file(const std::string& path) {
    variad::internals::safetensors_reader reader(path);
    metadata = reader.metadata();
    for (const auto& t : reader.tensors()) {
      storage.push_back(reader.read(t));
      tensors.push_back({t.name, t.dtype, t.shape, storage.back()});
    }
  }
  tensor_file(tensor_file&&) = default;

  /// The tensor of that name, or nullptr.
  const variad::internals::tensor_entry* find(std::string_view name) const {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &*found;
  }
};

}  // namespace variad_tests
