#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>

namespace experiment {

/// The CSV file of a table whose rows take minutes: a row begins with its name and seed, is added
/// when it is done, and need not be made again.
class results_file {
 public:
  /// `columns` are those after row and seed.
  results_file(std::string path, const std::string& columns) : path_(std::move(path)) {
    if (const auto folder = std::filesystem::path(path_).parent_path(); !folder.empty())
      std::filesystem::create_directories(folder);
    if (!std::filesystem::exists(path_)) std::ofstream(path_) << "row,seed," << columns << '\n';
  }

  [[nodiscard]] bool has(const std::string& row, std::uint64_t seed) const {
    std::ifstream in(path_);
    const std::string begin = row + "," + std::to_string(seed) + ",";
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(begin)) return true;
    return false;
  }

  /// Adds a row, and prints it.
  void add(const std::string& row, std::uint64_t seed, std::initializer_list<double> values) const {
    std::ostringstream line;
    line << row << ',' << seed;
    for (const double v : values) line << ',' << v;
    std::ofstream(path_, std::ios::app) << line.str() << '\n';
    std::cout << line.str() << std::endl;
  }

 private:
  std::string path_;
};

}  // namespace experiment
