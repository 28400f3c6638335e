#include <algorithm>
#include <array>

#include <variad/runtime/linalg/row_products.hpp>
#include <variad/runtime/simd/apart.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {
namespace {

template <class T>
using registers = std::array<batch<T>, few_elements>;

/// The first n lanes of values that are `step` apart.
template <class T>
batch<T> load_lanes_of(const T* from, std::size_t step, std::size_t n) {
  if (step == 0) return batch<T>(*from);
  if (step == 1) return n == lanes<T> ? load(from) : load_partial(from, n);
  return load_apart(from, step, n);
}
template <class T>
void add_lanes_to(T* to, std::size_t step, const batch<T>& value, std::size_t n, bool adds = true) {
  const batch<T> sum = adds ? batch<T>(load_lanes_of(to, step, n) + value) : value;
  if (step != 1)
    store_apart(to, step, sum, n);
  else if (n == lanes<T>)
    store(to, sum);
  else
    store_partial(to, sum, n);
}

/// Calls f(element, its place) for the elements of a matrix of these extents.
template <class F>
void for_each_element(std::size_t rows, std::size_t columns, const row_places& of, F&& f) {
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) f(i * columns + j, i * of.down + j * of.across);
}

/// Of the n rows from r on in pass p.
template <class T>
void load_matrix(std::size_t rows, std::size_t columns, const T* from, const row_places& of,
                 std::size_t p, std::size_t r, std::size_t n, registers<T>& out) {
  from += p * of.pass + r * of.row;
  for_each_element(rows, columns, of, [&](std::size_t e, std::size_t place) {
    out[e] = load_lanes_of(from + place, of.row, n);
  });
}

template <class T>
void forward(const row_product_sizes& of, const row_matrix<T>& a, const row_matrix<T>& b, T* c,
             const row_places& of_c, bool adds) {
  registers<T> x, y;
  for_each_part<T>(of.rows, [&](std::size_t r, std::size_t count) {
    for (std::size_t p = 0; p < of.passes; ++p) {
      // What the passes have in common is read once.
      if (p == 0 || a.at.pass != 0) load_matrix(of.m, of.k, a.value, a.at, p, r, count, x);
      if (p == 0 || b.at.pass != 0) load_matrix(of.k, of.n, b.value, b.at, p, r, count, y);
      T* const to = c + p * of_c.pass + r * of_c.row;
      for_each_element(of.m, of.n, of_c, [&](std::size_t e, std::size_t place) {
        const std::size_t i = e / of.n, j = e % of.n;
        batch<T> sum = x[i * of.k] * y[j];
        for (std::size_t l = 1; l < of.k; ++l)
          sum = xsimd::fma(x[i * of.k + l], y[l * of.n + j], sum);
        add_lanes_to(to + place, of_c.row, sum, count, adds);
      });
    }
  });
}

/// The adjoint of a factor, by passes that wait for the sum over the rows: those of one matrix for
/// all rows.
inline constexpr std::size_t passes_at_once = 16;

template <class T>
class factor_adjoint {
 public:
  factor_adjoint(const row_matrix<T>& of, std::size_t rows, std::size_t columns, std::size_t passes)
      : of_(of), rows_(rows), columns_(columns), waiting_(of.at.pass == 0 ? 1 : passes) {
    for (std::size_t p = 0; p < waiting_; ++p) clear(sums_[p]);
  }
  bool wanted() const { return of_.adjoint != nullptr; }

  /// Where the adjoints of the rows from r on are added up in pass p.
  registers<T>& of_pass(std::size_t p) { return sums_[waiting_ > 1 ? p : 0]; }
  /// After pass p of these rows.
  void end_pass(std::size_t p, std::size_t r, std::size_t n) {
    if (of_.at.row != 0 && of_.at.pass != 0) add_rows(p, r, n);
  }
  /// After all passes of these rows.
  void end_rows(std::size_t r, std::size_t n) {
    if (of_.at.row != 0 && of_.at.pass == 0) add_rows(0, r, n);
  }
  void end() {
    if (of_.at.row != 0) return;
    for (std::size_t p = 0; p < waiting_; ++p)
      for_each_element(rows_, columns_, of_.at, [&](std::size_t e, std::size_t place) {
        of_.adjoint[p * of_.at.pass + place] += reduce_add(sums_[p][e]);
      });
  }

 private:
  void clear(registers<T>& sums) const {
    std::fill_n(sums.begin(), rows_ * columns_, batch<T>(T(0)));
  }
  void add_rows(std::size_t p, std::size_t r, std::size_t n) {
    registers<T>& sums = of_pass(p);
    for_each_element(rows_, columns_, of_.at, [&](std::size_t e, std::size_t place) {
      add_lanes_to(of_.adjoint + p * of_.at.pass + r * of_.at.row + place, of_.at.row, sums[e], n);
    });
    clear(sums);
  }

  const row_matrix<T>& of_;
  std::size_t rows_, columns_, waiting_;
  std::array<registers<T>, passes_at_once> sums_;
};

template <class T>
void some_passes_back(const row_product_sizes& of, const row_matrix<T>& a, const row_matrix<T>& b,
                      const T* d, const row_places& of_d) {
  registers<T> x, y, dc;
  factor_adjoint<T> of_a(a, of.m, of.k, of.passes), of_b(b, of.k, of.n, of.passes);
  for_each_part<T>(of.rows, [&](std::size_t r, std::size_t count) {
    for (std::size_t p = 0; p < of.passes; ++p) {
      load_matrix(of.m, of.n, d, of_d, p, r, count, dc);
      if (of_a.wanted()) {
        if (p == 0 || b.at.pass != 0) load_matrix(of.k, of.n, b.value, b.at, p, r, count, y);
        registers<T>& to = of_a.of_pass(p);
        for (std::size_t i = 0; i < of.m; ++i)
          for (std::size_t l = 0; l < of.k; ++l)
            for (std::size_t j = 0; j < of.n; ++j)
              to[i * of.k + l] = xsimd::fma(dc[i * of.n + j], y[l * of.n + j], to[i * of.k + l]);
        of_a.end_pass(p, r, count);
      }
      if (of_b.wanted()) {
        if (p == 0 || a.at.pass != 0) load_matrix(of.m, of.k, a.value, a.at, p, r, count, x);
        registers<T>& to = of_b.of_pass(p);
        for (std::size_t l = 0; l < of.k; ++l)
          for (std::size_t j = 0; j < of.n; ++j)
            for (std::size_t i = 0; i < of.m; ++i)
              to[l * of.n + j] = xsimd::fma(dc[i * of.n + j], x[i * of.k + l], to[l * of.n + j]);
        of_b.end_pass(p, r, count);
      }
    }
    if (of_a.wanted()) of_a.end_rows(r, count);
    if (of_b.wanted()) of_b.end_rows(r, count);
  });
  if (of_a.wanted()) of_a.end();
  if (of_b.wanted()) of_b.end();
}

template <class T>
row_matrix<T> from_pass(row_matrix<T> of, std::size_t p) {
  of.value += p * of.at.pass;
  if (of.adjoint != nullptr) of.adjoint += p * of.at.pass;
  return of;
}

template <class T>
void back(const row_product_sizes& of, const row_matrix<T>& a, const row_matrix<T>& b, const T* d,
          const row_places& of_d) {
  for (std::size_t p = 0; p < of.passes; p += passes_at_once) {
    row_product_sizes some = of;
    some.passes = std::min(passes_at_once, of.passes - p);
    some_passes_back(some, from_pass(a, p), from_pass(b, p), d + p * of_d.pass, of_d);
  }
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
