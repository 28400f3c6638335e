#include <cmath>
#include <vector>

#include "fuzz_file.hpp"

#include <variad/runtime/data/source.hpp>

using namespace variad;

// The first bytes say what is asked for, the others are the file: what is read has the shape that
// was asked for, is finite, and binary where it was to be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t asked = 6;
  if (size < asked) return 0;
  const std::string& path = variad_fuzz::file_of({data + asked, size - asked});
  variad_fuzz::reads_or_refuses([&] {
    source from = data[0] % 2 == 0 ? idx(path) : npy(path);
    if (data[1] % 4 == 1) from = from.first(data[2]);
    if (data[1] % 4 == 2) from = from.rows(data[2], data[3]);
    if (data[1] / 4 % 2 == 1) from = from.pixels();
    if (data[1] / 8 % 4 == 3) from = from.standardized();
    const int how = data[1] / 32 % 4;
    if (how == 1) from = from.rounded();
    if (how == 2) from = from.binarized(data[3]);
    if (how == 3) from = from.binarized_each_epoch();
    std::vector<std::size_t> event;
    for (std::size_t i = 0; i < data[4] % 4u; ++i) event.push_back(data[5] >> (2 * i) & 3u);
    const auto c = internals::load<float>(from, "x", event);
    variad_fuzz::require(c.values.size() == c.rows * c.event_size(), "values that fill no shape");
    for (const float x : c.values) {
      variad_fuzz::require(std::isfinite(x), "a value that is not finite");
      variad_fuzz::require((how != 1 && how != 2) || x == 0 || x == 1,
                           "a value that is not binary");
    }
  });
  return 0;
}
