// Apart from the header, as the linker keeps one copy of the engine's code: that of the files which
// time it, not that of the files of libtorch with other flags.

#include <random>

#include "kernels.hpp"

namespace kernels {

template <class T>
void fill(T* out, range r) {
  std::mt19937 engine;
  std::uniform_real_distribution<T> number(static_cast<T>(r.low), static_cast<T>(r.high));
  for (std::size_t i = 0; i < elements; ++i) out[i] = number(engine);
}
template void fill<float>(float*, range);
template void fill<double>(double*, range);

}  // namespace kernels
