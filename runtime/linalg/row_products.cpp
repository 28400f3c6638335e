#include <algorithm>
#include <array>
#include <utility>

#include <variad/runtime/linalg/row_products.hpp>
#include <variad/runtime/simd/apart.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {
namespace {

/// Numbers `step` apart for each row of each pass: a row of one factor, a column of the other.
template <class T>
struct line {
  T* at;
  std::size_t step;
  row_places of;
};
template <bool Whole, class T, std::size_t K>
[[gnu::always_inline]] inline void load_line(const T* from, const line<const T>& as, std::size_t n,
                                             std::array<batch<T>, K>& out) {
  if (Whole && K > 1 && as.step == 1 && as.of.row == K) return load_rows_of(from, out);
  unrolled<K>([&]<std::size_t I>() { out[I] = load_by<Whole>(from + I * as.step, as.of.row, n); });
}

template <std::size_t K, class T>
void dot(const row_product_sizes& size, const line<const T>& a, const line<const T>& b,
         const line<T>& c, bool adds) {
  const T *row_a = a.at, *row_b = b.at;
  T* row_c = c.at;
  for_each_register<T>(size.rows, [&]<bool Whole>(std::size_t, std::size_t n) {
    const T *x_at = row_a, *y_at = row_b;
    T* to = row_c;
    std::array<batch<T>, K> x, y;
    for (std::size_t p = 0; p < size.passes; ++p) {
      // What the passes have in common is read once.
      if (p == 0 || a.of.pass != 0) load_line<Whole>(x_at, a, n, x);
      if (p == 0 || b.of.pass != 0) load_line<Whole>(y_at, b, n, y);
      batch<T> sum = x[0] * y[0];
      unrolled<K - 1>([&]<std::size_t I>() { sum = xsimd::fma(x[I + 1], y[I + 1], sum); });
      if (adds) sum += load_by<Whole>(static_cast<const T*>(to), c.of.row, n);
      store_by<Whole>(to, c.of.row, sum, n);
      x_at += a.of.pass, y_at += b.of.pass, to += c.of.pass;
    }
    row_a += lanes<T> * a.of.row, row_b += lanes<T> * b.of.row, row_c += lanes<T> * c.of.row;
  });
}

/// Passes whose sums over rows wait in registers or nearby.
inline constexpr std::size_t passes_at_once = 16;

/// Adds d times the other factor to the adjoint of one, in at most that many passes.
template <std::size_t K, class T>
void add_multiples(const row_product_sizes& size, const line<T>& to, const line<const T>& other,
                   const line<const T>& d) {
  using sums = std::array<batch<T>, K>;
  const bool alike = to.of.pass == 0;  // for all passes
  const std::size_t kept = alike ? 1 : size.passes;
  std::array<sums, passes_at_once> waiting;
  const auto clear = [](sums& s) { unrolled<K>([&]<std::size_t I>() { s[I] = batch<T>(T(0)); }); };
  for (std::size_t p = 0; p < kept; ++p) clear(waiting[p]);
  const T *row_x = other.at, *row_d = d.at;
  T* row_to = to.at;
  for_each_register<T>(size.rows, [&]<bool Whole>(std::size_t, std::size_t n) {
    const T *x_at = row_x, *own_at = row_d;
    sums x, s;
    clear(s);
    for (std::size_t p = 0; p < size.passes; ++p) {
      if (p == 0 || other.of.pass != 0) load_line<Whole>(x_at, other, n, x);
      const batch<T> own = load_by<Whole>(own_at, d.of.row, n);
      if (alike)
        unrolled<K>([&]<std::size_t I>() { s[I] = xsimd::fma(own, x[I], s[I]); });
      else
        unrolled<K>([&]<std::size_t I>() { waiting[p][I] = xsimd::fma(own, x[I], waiting[p][I]); });
      x_at += other.of.pass, own_at += d.of.pass;
    }
    if (alike) unrolled<K>([&]<std::size_t I>() { waiting[0][I] += s[I]; });
    for (std::size_t p = 0; to.of.row != 0 && p < kept; ++p) {
      unrolled<K>([&]<std::size_t I>() {
        T* const at = row_to + p * to.of.pass + I * to.step;
        const batch<T> before = load_by<Whole>(static_cast<const T*>(at), to.of.row, n);
        store_by<Whole>(at, to.of.row, batch<T>(before + waiting[p][I]), n);
      });
      clear(waiting[p]);
    }
    row_x += lanes<T> * other.of.row, row_d += lanes<T> * d.of.row;
    row_to += lanes<T> * to.of.row;
  });
  for (std::size_t p = 0; to.of.row == 0 && p < kept; ++p)
    unrolled<K>(
        [&]<std::size_t I>() { to.at[p * to.of.pass + I * to.step] += reduce_add(waiting[p][I]); });
}

/// Summands at once: more variants cost the compiler more than a second pass costs.
inline constexpr std::size_t summands_at_once = 4;

/// Calls f.operator()<K>(from) for groups of K of the k summands of a product, which they begin.
template <class F>
void with_summands(std::size_t k, F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    for (std::size_t from = 0; from < k; from += summands_at_once) {
      const std::size_t n = std::min(summands_at_once, k - from);
      ((n == I + 1 ? f.template operator()<I + 1>(from) : void()), ...);
    }
  }
  (std::make_index_sequence<summands_at_once>{});
}

/// Calls f(row of a, column of b, place in c) for the elements of a product.
template <class T, class F>
void for_each_element(const row_product_sizes& size, const row_matrix<T>& a, const row_matrix<T>& b,
                      const row_places& of_c, F&& f) {
  for (std::size_t i = 0; i < size.m; ++i)
    for (std::size_t j = 0; j < size.n; ++j)
      f(i * a.at.down, j * b.at.across, i * of_c.down + j * of_c.across);
}

template <class T>
void forward(const row_product_sizes& size, const row_matrix<T>& a, const row_matrix<T>& b, T* c,
             const row_places& of_c, bool adds) {
  with_summands(size.k, [&]<std::size_t K>(std::size_t from) {
    for_each_element(size, a, b, of_c, [&](std::size_t i, std::size_t j, std::size_t to) {
      dot<K, T>(size, {a.value + i + from * a.at.across, a.at.across, a.at},
                {b.value + j + from * b.at.down, b.at.down, b.at}, {c + to, 1, of_c},
                adds || from > 0);
    });
  });
}

template <class T>
void back(const row_product_sizes& size, const row_matrix<T>& a, const row_matrix<T>& b, const T* d,
          const row_places& of_d) {
  row_product_sizes some = size;
  const auto add = [&]<std::size_t K>(const row_matrix<T>& to, std::size_t at, std::size_t step,
                                      const row_matrix<T>& other, std::size_t other_at,
                                      std::size_t other_step, const T* own) {
    if (to.adjoint == nullptr) return;
    for (std::size_t p = 0; p < size.passes; p += passes_at_once) {
      some.passes = std::min(passes_at_once, size.passes - p);
      add_multiples<K, T>(some, {to.adjoint + at + p * to.at.pass, step, to.at},
                          {other.value + other_at + p * other.at.pass, other_step, other.at},
                          {own + p * of_d.pass, 1, of_d});
    }
  };
  with_summands(size.k, [&]<std::size_t K>(std::size_t first) {
    for_each_element(size, a, b, of_d, [&](std::size_t i, std::size_t j, std::size_t from) {
      const std::size_t in_a = i + first * a.at.across, in_b = j + first * b.at.down;
      add.template operator()<K>(a, in_a, a.at.across, b, in_b, b.at.down, d + from);
      add.template operator()<K>(b, in_b, b.at.down, a, in_a, a.at.across, d + from);
    });
  });
}

}  // namespace

void multiply_rows(const row_product_sizes& of, const row_matrix<float>& a,
                   const row_matrix<float>& b, float* c, const row_places& of_c, bool adds) {
  forward(of, a, b, c, of_c, adds);
}
void multiply_rows(const row_product_sizes& of, const row_matrix<double>& a,
                   const row_matrix<double>& b, double* c, const row_places& of_c, bool adds) {
  forward(of, a, b, c, of_c, adds);
}
void multiply_rows_back(const row_product_sizes& of, const row_matrix<float>& a,
                        const row_matrix<float>& b, const float* d, const row_places& of_d) {
  back(of, a, b, d, of_d);
}
void multiply_rows_back(const row_product_sizes& of, const row_matrix<double>& a,
                        const row_matrix<double>& b, const double* d, const row_places& of_d) {
  back(of, a, b, d, of_d);
}

}  // namespace variad::internals
