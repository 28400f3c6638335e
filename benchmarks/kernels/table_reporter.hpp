#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace kernels {

/// Collects the benchmarks `<function>/<library>` and prints one table in Markdown: a row per
/// function, a column per library, and nanoseconds per element of the fastest repetition, as what
/// else runs on a machine only adds to them.
class table_reporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  static constexpr std::array<const char*, 4> libraries{"variad", "std", "boost", "libtorch"};

  struct row {
    std::string function;
    std::int64_t place = 0;                              // among the benchmarks as they were added
    std::array<double, libraries.size()> nanoseconds{};  // 0 where there is none
  };
  void add(const Run& run);

  std::vector<row> rows_;
};

}  // namespace kernels
