#include "array_reader.hpp"

#include <variad/runtime/data/npy.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  variad_fuzz::read_array({data, size}, variad::internals::open_npy);
  return 0;
}
