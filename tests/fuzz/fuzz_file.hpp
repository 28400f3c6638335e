#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include <variad/runtime/error.hpp>

/// What the fuzzed readers share: a file in memory, and what a reader may do with it.
namespace variad_fuzz {

[[noreturn]] inline void report(std::string_view what) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// The path of a file that holds these bytes until the next call.
inline const std::string& file_of(std::span<const std::uint8_t> bytes) {
  static const int file = memfd_create("fuzzed", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, 0) != 0 ||
      pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    report("no file in memory");
  return path;
}

/// Runs a reader, which reads what it is given, or refuses it by `variad::error` with words that a
/// terminal takes. Anything else ends the process.
template <class F>
void reads_or_refuses(F&& read) {
  try {
    read();
  } catch (const variad::error& refusal) {
    const std::string_view words = refusal.what();
    if (words.empty() || words.size() > 4096) report("a message of no words, or too many");
    for (const char c : words)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) report("a message with control bytes");
  }
}

/// Ends the process where what must hold does not.
inline void require(bool holds, std::string_view what) {
  if (!holds) report(what);
}

}  // namespace variad_fuzz
