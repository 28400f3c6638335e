// Nanoseconds per element of the library's kernels, beside the standard library, Boost.Random and
// libtorch: each the fastest of some repetitions on one core. Takes the options of Google
// Benchmark, as in --benchmark_filter=exp.

#include "kernels.hpp"

#include <vector>

#include "table_reporter.hpp"
#include <benchmark/benchmark.h>

namespace kernels {
namespace {

template <class T>
void add_all() {
  add_functions<T>();
  add_rows<T>();
  add_optimizers<T>();
  add_samplers<T>();
#ifdef KERNELS_WITH_LIBTORCH
  add_libtorch_functions<T>();
  add_libtorch_optimizers<T>();
  add_libtorch_samplers<T>();
#endif
}

}  // namespace
}  // namespace kernels

int main(int argc, char** argv) {
  // Before the user's, which win. Interleaved, repetitions share what disturbs the machine.
  char repetitions[] = "--benchmark_repetitions=9", seconds[] = "--benchmark_min_time=0.02",
       interleaved[] = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments{argv[0], repetitions, seconds, interleaved};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;

#ifdef KERNELS_WITH_LIBTORCH
  kernels::set_up_libtorch();
#endif
  kernels::add_all<float>();
  kernels::add_words();
#ifdef KERNELS_WITH_LIBTORCH
  kernels::add_libtorch_words();
#endif
  kernels::add_all<double>();

  kernels::table_reporter table;
  benchmark::RunSpecifiedBenchmarks(&table);
  benchmark::Shutdown();
}
