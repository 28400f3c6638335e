#include <filesystem>
#include <system_error>

#include <variad/runtime/error.hpp>
#include <variad/runtime/io/regular_file.hpp>

namespace variad::internals {

std::string regular_file(std::string path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw error("'" + path + "': not a regular file, expected one to read");
  return path;
}

}  // namespace variad::internals
