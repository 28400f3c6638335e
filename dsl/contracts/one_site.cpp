#include <variad/dsl/contracts/one_site.hpp>
#include <variad/runtime/linalg/blas.hpp>

namespace variad {

template <class T>
void move_by_rows(const one_site_call<T>& call, const T* w) {
  const std::size_t width = call.drawn.output.size, k = call.categories;
  T* out = call.out;
  for (std::size_t r = 0; r < call.drawn.rows; ++r)
    for (std::size_t p = call.first; p < call.first + call.count; ++p, out += width) {
      const std::size_t i = p / k, j = p % k, z = call.categories_drawn[r * call.variables + i];
      std::copy_n(call.drawn.output.value + r * width, width, out);
      if (j == z) continue;
      if (call.binary) {
        internals::axpy<T>(width, j == 1 ? 1 : -1, w + i * width, out);
      } else {
        const T *to = w + (i * k + j) * width, *from = w + (i * k + z) * width;
        for (std::size_t d = 0; d < width; ++d) out[d] += to[d] - from[d];
      }
    }
}

template void move_by_rows(const one_site_call<float>&, const float*);
template void move_by_rows(const one_site_call<double>&, const double*);

}  // namespace variad
