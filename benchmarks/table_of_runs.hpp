#pragma once

// What the programs that make a table have in common.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <variad/runtime/training/options.hpp>
#include <variad/runtime/training/report.hpp>

namespace experiment {

/// What to run: rows of a table by name, each trained on images of one file and tested on another.
struct table_settings {
  std::string train, test, out = "out";
  std::vector<std::string> rows;
  std::uint64_t seed = 1;

  void add_options(CLI::App& app) {
    app.option_defaults()->always_capture_default();
    app.add_option("--train", train, "train-images-idx3-ubyte.gz")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--test", test, "t10k-images-idx3-ubyte.gz")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--out", out, "Folder of checkpoints, curves and results");
    app.add_option("--rows", rows, "Rows of the table by name; all if none is given");
    app.add_option("--seed", seed);
  }
  [[nodiscard]] bool wants(const std::string& row) const {
    return rows.empty() || std::ranges::find(rows, row) != rows.end();
  }
  /// Options of a row's training, which goes on from its checkpoint if it was stopped.
  [[nodiscard]] variad::fit_options options(const std::string& row) const {
    const std::string run = out + "/" + row + "_seed" + std::to_string(seed);
    variad::fit_options o;
    o.seed = seed;
    o.checkpoint = run + ".safetensors";
    o.resume = std::filesystem::exists(o.checkpoint);
    o.metrics = run + ".csv";
    return o;
  }
};

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

/// Trains a row of a table without a word, in batches of 100 with Adam at 1e-3, from where it
/// stood; ends the program where it is interrupted. Returns minutes.
template <class Inference, class Data>
double train_row(Inference& vi, const Data& data, variad::fit_options options, std::size_t epochs) {
  options.epochs = epochs;
  options.batch = 100;
  options.optimizer = variad::adam{1e-3};
  options.checkpoint_every = 10;
  options.log = nullptr;
  const variad::fit_report report = vi.fit(data, options);
  if (report.reason == variad::stop_reason::interrupted) std::exit(130);
  return report.seconds / 60;
}

}  // namespace experiment
