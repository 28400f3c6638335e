#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <variad/dsl/families/bernoulli_row_differences.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/softplus_of_exponentials.hpp>
#include <variad/runtime/math/softplus_sum.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {
namespace {

/// Weights beyond it go without tables: where e^h underflows, below h = −87, e^(h − w + w') is
/// still too small to count.
template <class T>
constexpr T largest_weight = T(30);

/// Rows that wait for their sums.
constexpr std::size_t at_once = 16;

/// Exponentials of the weight rows of a group: the categories of one variable, or several binary
/// variables.
template <class T>
struct weight_tables {
  T* up = nullptr;       ///< e^w [rows, width]
  T* down = nullptr;     ///< e^−w [rows, width]
  T* highest = nullptr;  ///< the largest factor that a change of value can make [width]
  bool usable = false;

  void fill(const T* w, std::size_t rows, std::size_t width, bool binary) {
    std::fill_n(highest, width, T(0));
    batch<T> most(T(0));
    T rest = 0;
    for (std::size_t j = 0; j < rows; ++j) {
      const T* const row = w + j * width;
      T *const e = up + j * width, *const inverse = down + j * width;
      for_each_vector<T>(width, [&]<class V>(std::size_t d) {
        const V x = load_as<V>(row + d), y = math::exp(x), z = V(T(1)) / y;
        store(e + d, y);
        store(inverse + d, z);
        store(highest + d, V(math::max(load_as<V>(highest + d), binary ? math::max(y, z) : y)));
        if constexpr (simd_batch<V>) {
          most = math::max(most, math::abs(x));
        } else {
          rest = std::max(rest, std::abs(x));
        }
      });
    }
    const T largest = std::max(rest, reduce_max(most));
    usable = largest <= largest_weight<T>;
  }
};

/// out = a · b; the largest out · c.
template <class T>
T product_with_limit(const T* a, const T* b, const T* c, std::size_t n, T* out) {
  batch<T> most(T(0));
  T rest = 0;
  for_each_vector<T>(n, [&]<class V>(std::size_t i) {
    const V y = load_as<V>(a + i) * load_as<V>(b + i);
    store(out + i, y);
    if constexpr (simd_batch<V>) {
      most = math::max(most, V(y * load_as<V>(c + i)));
    } else {
      rest = std::max(rest, y * c[i]);
    }
  });
  return std::max(rest, reduce_max(most));
}

/// Σ softplus(h + sign · (w − from)), of one alternative; `from` may be null.
template <class T>
T softplus_of_difference(const T* h, T sign, const T* w, const T* from, std::size_t n, T* scratch) {
  for (std::size_t d = 0; d < n; ++d)
    scratch[d] = h[d] + sign * (from == nullptr ? w[d] : w[d] - from[d]);
  return softplus_sum(scratch, n);
}

}  // namespace

template <class T>
void bernoulli_row_differences(const row_difference_call<T>& call) {
  const std::size_t n = call.variables, k = call.categories, d = call.width;
  const std::size_t sites = call.binary ? n : n * k;
  gemm<T>(false, true, call.data_rows, sites, d, 1, call.data, d, call.weights, d, 0, call.products,
          sites);

  const std::size_t at_a_time = row_difference_call<T>::rows_at_a_time(k);
  weight_tables<T> tables;
  tables.up = call.work;
  tables.down = tables.up + at_a_time * d;
  tables.highest = tables.down + at_a_time * d;
  T *const ones = tables.highest + d, *const base = ones + d, *const exp_h = base + d;
  T *const linear = exp_h + call.rows * d, *const drawn = linear + call.rows;
  std::fill_n(ones, d, T(1));
  for (std::size_t r = 0; r < call.rows; ++r) {
    const T* const h = call.hidden + r * d;
    for_each_vector<T>(d, [&]<class V>(std::size_t j) {
      store(exp_h + r * d + j, V(math::exp(load_as<V>(h + j))));
    });
    linear[r] = dot(d, call.data + call.data_row[r] * d, h);
    drawn[r] = linear[r] - softplus_sum(h, d);
  }

  const T limit = std::exp(softplus_of_exponentials_limit<T>);
  const std::size_t group = call.binary ? std::min(n, at_a_time) : 1, per_variable = sites / n;
  for (std::size_t first = 0; first < n; first += group) {
    const std::size_t variables = std::min(group, n - first);
    const T* const w = call.weights + first * per_variable * d;
    tables.fill(w, variables * per_variable, d, call.binary);
    for (std::size_t r = 0; r < call.rows; ++r) {
      const std::size_t* const z = call.drawn + r * n + first;
      const T* const xw = call.products + call.data_row[r] * sites + first * per_variable;
      T* const cost = call.costs + (r * n + first) * k;
      const T* const u = exp_h + r * d;
      const T* const from = call.binary ? ones : tables.down + z[0] * d;
      const bool fits =
          tables.usable && product_with_limit(u, from, tables.highest, d, base) <= limit;
      // Values that were not drawn: a binary variable has one, of weight ±w.
      const std::size_t others = call.binary ? variables : k;
      std::array<const T*, at_once> row{};
      std::array<T*, at_once> to{};
      std::array<T, at_once> sums{};
      std::size_t waiting = 0;
      const auto finish = [&] {
        softplus_of_exponentials<T>(base, {row.data(), waiting}, d, sums.data());
        for (std::size_t j = 0; j < waiting; ++j) *to[j] -= sums[j];
        waiting = 0;
      };
      for (std::size_t j = 0; j < others; ++j) {
        if (!call.binary && j == z[0]) {
          cost[j] = drawn[r];
          continue;
        }
        T* const out = cost + (call.binary ? 2 * j + 1 - z[j] : j);
        const bool falls = call.binary && z[j] == 1;
        *out = linear[r] + (call.binary ? (falls ? -xw[j] : xw[j]) : xw[j] - xw[z[0]]);
        if (call.binary) cost[2 * j + z[j]] = drawn[r];
        if (!fits) {
          *out -= softplus_of_difference(call.hidden + r * d, falls ? T(-1) : T(1), w + j * d,
                                         call.binary ? nullptr : w + z[0] * d, d, base);
          continue;
        }
        row[waiting] = (falls ? tables.down : tables.up) + j * d;
        to[waiting] = out;
        if (++waiting == at_once) finish();
      }
      finish();
    }
  }
}

template void bernoulli_row_differences(const row_difference_call<float>&);
template void bernoulli_row_differences(const row_difference_call<double>&);

}  // namespace variad::internals
