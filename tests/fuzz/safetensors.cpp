#include "fuzz_file.hpp"
#include "repaired_checksum.hpp"

#include <variad/runtime/io/safetensors.hpp>

using namespace variad::internals;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return variad_fuzz::mutate_tensor_file(data, size, most, seed);
}

// What is read is within the file, and each tensor has the bytes of its shape.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  variad_fuzz::reads_or_refuses([&] {
    safetensors_reader file(variad_fuzz::file_of({data, size}));
    std::size_t bytes = 0;
    for (const stored_tensor& t : file.tensors()) {
      std::size_t expected = info(t.dtype).size;
      for (const std::size_t extent : t.shape) expected *= extent;
      variad_fuzz::require(file.read(t).size() == expected, "a tensor of another size");
      variad_fuzz::require(file.find(t.name) != nullptr, "a tensor that is not found");
      bytes += expected;
    }
    variad_fuzz::require(bytes <= size, "more bytes than the file has");
  });
  return 0;
}
