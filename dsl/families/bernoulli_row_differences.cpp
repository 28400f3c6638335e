#include <algorithm>

#include <variad/dsl/families/bernoulli_row_differences.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/softplus_sum.hpp>

namespace variad {
template <class T>
void bernoulli_row_differences(const row_difference_call<T>& call) {
  const std::size_t n = call.variables, k = call.categories, d = call.width;
  const std::size_t sites = call.binary ? n : n * k;
  gemm<T>(false, true, call.data_rows, sites, d, 1, call.data, d, call.weights, d, 0, call.products,
          sites);
  T *base = call.work, *zeros = call.work + d;
  std::fill_n(zeros, d, T(0));
  for (std::size_t r = 0; r < call.rows; ++r) {
    const T* h = call.hidden + r * d;
    const T* xw = call.products + call.data_row[r] * sites;
    const T* x = call.data + call.data_row[r] * d;
    T* cost = call.costs + r * n * k;
    const T linear = dot(d, x, h), drawn = linear - softplus_sum(h, zeros, d);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t z = call.drawn[r * n + i];
      if (call.binary) {
        const T* w = call.weights + i * d;
        const T sign = z == 1 ? T(-1) : T(1);
        for (std::size_t j = 0; j < d; ++j) base[j] = h[j] + sign * w[j];
        cost[i * 2 + z] = drawn;
        cost[i * 2 + 1 - z] = linear + sign * xw[i] - softplus_sum(base, zeros, d);
        continue;
      }
      const T* from = call.weights + (i * k + z) * d;
      for (std::size_t j = 0; j < d; ++j) base[j] = h[j] - from[j];
      for (std::size_t j = 0; j < k; ++j)
        cost[i * k + j] = j == z ? drawn
                                 : linear + xw[i * k + j] - xw[i * k + z] -
                                       softplus_sum(base, call.weights + (i * k + j) * d, d);
    }
  }
}

template void bernoulli_row_differences(const row_difference_call<float>&);
template void bernoulli_row_differences(const row_difference_call<double>&);

}  // namespace variad
