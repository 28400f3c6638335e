#include <algorithm>
#include <array>

#include <variad/runtime/linalg/linear_layer.hpp>
#include <variad/runtime/linalg/sparse_rows.hpp>

namespace variad::internals {

template <class T>
void linear_layer(std::size_t rows, std::size_t n, std::size_t k, const T* x, const T* w,
                  const T* b, T* y) {
  if (b != nullptr)
    for (std::size_t r = 0; r < rows; ++r) std::copy_n(b, n, y + r * n);
  if (is_sparse(x, rows, k, k)) {
    if (b == nullptr) std::fill_n(y, rows * n, T(0));
    add_sparse_product<T>(rows, n, k, x, w, y);
  } else {
    gemm<T>(false, false, rows, n, k, 1, x, k, w, n, b != nullptr ? 1 : 0, y, n);
  }
}

template <class T>
bool add_weight_gradient(std::size_t rows, std::size_t n, std::size_t k, share weight_rows,
                         const T* x, const T* dy, T* dw, bool begins, bool once) {
  const T* const from = x + weight_rows.first;
  const bool sparse = is_sparse(from, rows, weight_rows.size(), k);
  if (once && rows > (sparse ? sparse_summands : gemm_summands)) return false;
  if (sparse) {
    if (begins) std::fill_n(dw, weight_rows.size() * n, T(0));
    add_sparse_outer_product<T>(rows, n, weight_rows.size(), from, k, dy, n, dw, n);
  } else {
    gemm<T>(true, false, weight_rows.size(), n, rows, 1, from, k, dy, n, begins ? 0 : 1, dw, n);
  }
  return true;
}

template <class T>
void add_bias_gradient(std::size_t rows, std::size_t n, const T* dy, T* db, bool begins) {
  std::array<T, 256> sum;
  for (std::size_t first = 0; first < n; first += sum.size()) {
    const std::size_t count = std::min(sum.size(), n - first);
    T* const at = begins ? db + first : sum.data();
    std::fill_n(at, count, T(0));
    for (std::size_t r = 0; r < rows; ++r) axpy<T>(count, 1, dy + r * n + first, at);
    if (!begins) axpy<T>(count, 1, at, db + first);
  }
}

template void linear_layer(std::size_t, std::size_t, std::size_t, const float*, const float*,
                           const float*, float*);
template void linear_layer(std::size_t, std::size_t, std::size_t, const double*, const double*,
                           const double*, double*);
template bool add_weight_gradient(std::size_t, std::size_t, std::size_t, share, const float*,
                                  const float*, float*, bool, bool);
template bool add_weight_gradient(std::size_t, std::size_t, std::size_t, share, const double*,
                                  const double*, double*, bool, bool);
template void add_bias_gradient(std::size_t, std::size_t, const float*, float*, bool);
template void add_bias_gradient(std::size_t, std::size_t, const double*, double*, bool);

}  // namespace variad::internals
