#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "check.hpp"

// Random models against the oracle. Exits with 1 if any case differs.
//
//   oracle [--cases n] [--seed s] [--only skeleton] [--list]
//
// The first case of a skeleton has the seed s, the next s + 1 and so on: a case that differs prints
// the call that repeats it.

int main(int argc, char** argv) {
  std::size_t cases = 360;
  std::uint64_t seed = 20260101;
  std::string only;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--list") {
      list = true;
    } else if (i + 1 < argc && option == "--cases") {
      cases = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && option == "--seed") {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && option == "--only") {
      only = argv[++i];
    } else {
      std::fprintf(stderr, "oracle [--cases n] [--seed s] [--only skeleton] [--list]\n");
      return 2;
    }
  }

  std::vector<oracle::skeleton> all = oracle::skeletons();
  if (!only.empty()) std::erase_if(all, [&](const auto& s) { return s.name != only; });
  if (all.empty()) {
    std::fprintf(stderr, "oracle: no skeleton '%s'\n", only.c_str());
    return 2;
  }
  oracle::tally total;
  using clock = std::chrono::steady_clock;
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  for (std::size_t s = 0; s < all.size(); ++s) {
    const std::size_t wanted = cases / all.size() + (s < cases % all.size() ? 1 : 0);
    oracle::tally t;
    const auto begin = clock::now();
    try {
      for (std::size_t i = 0; i < wanted && !list; ++i) oracle::check(all[s], seed + i, t);
    } catch (const std::exception& e) {
      std::printf("%s: %s\n", all[s].name.c_str(), e.what());
      ++t.failed;
    }
    const std::chrono::duration<double> took = clock::now() - begin;
    std::printf("%-44s %6zu cases %5zu differ %8zu numbers %5zu repeated %7.2f s\n",
                all[s].name.c_str(), t.cases, t.failed, t.numbers, t.repeated, took.count());
    std::fflush(stdout);
    total.cases += t.cases;
    total.failed += t.failed;
    total.numbers += t.numbers;
    total.repeated += t.repeated;
  }
  const double numbers = static_cast<double>(total.numbers);
  std::printf(
      "%zu cases of %zu skeletons, %zu differ; %zu numbers, %zu compared twice; by chance %.2g "
      "numbers would differ, and %.1f would be compared twice\n",
      total.cases, all.size(), total.failed, total.numbers, total.repeated,
      numbers * oracle::false_alarm, numbers * std::sqrt(oracle::false_alarm));
  return total.failed == 0 ? 0 : 1;
}
