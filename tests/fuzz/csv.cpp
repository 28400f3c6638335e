#include <filesystem>
#include <fstream>

#include "fuzz_file.hpp"

#include <variad/runtime/io/csv.hpp>

using namespace variad;

namespace {

/// A file that can be replaced by another, as the one in memory cannot; removed at the end.
class replaceable_file {
 public:
  replaceable_file() {
    const std::filesystem::path memory = "/dev/shm";
    const auto where =
        std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    folder_ = where / ("variad-fuzz-" + std::to_string(getpid()));
    if (!std::filesystem::create_directory(folder_)) variad_fuzz::report("no folder for a file");
    path_ = (folder_ / "rows.csv").string();
  }
  ~replaceable_file() { std::filesystem::remove_all(folder_); }
  const std::string& path() const { return path_; }

 private:
  std::filesystem::path folder_;
  std::string path_;
};

}  // namespace

// A file that goes on has its rows, and takes another.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const replaceable_file file;
  std::ofstream(file.path(), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  variad_fuzz::reads_or_refuses([&] {
    csv_writer rows = csv_writer::resume(file.path(), {"step", "bound"}, "step", 7);
    rows.write({std::uint64_t{8}, -1.5});
    std::ifstream again(file.path());
    std::string line, last;
    while (std::getline(again, line)) last = line;
    variad_fuzz::require(last == "8,-1.5", "a row that is not the last");
  });
  return 0;
}
