#pragma once

// What the files of the program have in common; in C++17, as those of libtorch are.

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include <benchmark/benchmark.h>

namespace kernels {

/// Elements of one pass: 40 kB of floats, so that operands stay in the caches nearest to the core.
inline constexpr std::size_t elements = 10'000;
/// Elements of the short and of the long rows of softmax and its like.
inline constexpr std::size_t short_row = 10, long_row = 1'000;

/// What the arguments of a function are drawn from.
struct range {
  double low, high;
};
inline constexpr range real{-10, 10}, nonpositive{-20, 0}, positive{0.001, 10}, slopes{-1, 1};

/// Fills with the same numbers for every library. Defined for float and double.
template <class T>
void fill(T* out, range r);

/// Adds the benchmark `<function>/<library>`: `prepare()` gives a function whose call is one pass
/// over `count` elements and returns what it has computed, or where.
template <class T, class Prepare>
void add(const std::string& function, const std::string& library, Prepare prepare,
         std::size_t count = elements) {
  const std::string type = std::is_same_v<T, double> ? ", double" : "";
  const std::string name = function + type + "/" + library;
  benchmark::RegisterBenchmark(name.c_str(), [prepare, count](benchmark::State& state) {
    auto pass = prepare();
    benchmark::DoNotOptimize(&pass);
    for ([[maybe_unused]] auto _ : state) {
      const auto result = pass();
      benchmark::DoNotOptimize(result);
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
  });
}

// The benchmarks of float and of double; functions first met make the rows of the table.

template <class T>
void add_functions();
template <class T>
void add_rows();
template <class T>
void add_optimizers();
template <class T>
void add_samplers();
void add_words();

/// Takes one thread, and no gradients.
void set_up_libtorch();
template <class T>
void add_libtorch_functions();
template <class T>
void add_libtorch_optimizers();
template <class T>
void add_libtorch_samplers();
void add_libtorch_words();

}  // namespace kernels
