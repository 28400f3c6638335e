#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include <variad/runtime/error.hpp>

/// What the tests of files share.
namespace variad_tests {

/// A folder that lives as long as the test.
class scratch_folder {
 public:
  scratch_folder() {
    std::random_device random;
    do {
      folder_ = std::filesystem::temp_directory_path() / ("variad-" + std::to_string(random()));
    } while (!std::filesystem::create_directory(folder_));
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() { std::filesystem::remove_all(folder_); }
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The message of the error that `f` throws.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const variad::error& problem) {
    return problem.what();
  }
  return "no error";
}

inline Catch::Matchers::StdString::ContainsMatcher has(const std::string& text) {
  return Catch::Matchers::Contains(text);
}

}  // namespace variad_tests
