// Functions of a row of numbers.

#include <algorithm>
#include <cmath>

#include "buffers.hpp"

#include <variad/runtime/math/softmax.hpp>
#include <variad/runtime/math/softplus_of_exponentials.hpp>
#include <variad/runtime/math/softplus_sum.hpp>
#include <variad/runtime/optim/clip.hpp>

namespace kernels {
namespace {

/// `f` maps a row of n numbers to as many.
template <class T, class F>
void add_rows_of(std::size_t n, const std::string& name, const std::string& library, F f) {
  add<T>(name + " of " + std::to_string(n), library, [=] {
    return [x = numbers<T>(real), y = zeros<T>(), f, n]() mutable {
      for (std::size_t i = 0; i < elements; i += n) f(x.data() + i, y.data() + i, n);
      return y.data();
    };
  });
}

/// exp(x - max x) to `out`, or nowhere if it is null.
template <class T>
T sum_of_exponentials(const T* x, T top, T* out, std::size_t n) {
  T sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const T e = std::exp(x[i] - top);
    if (out != nullptr) out[i] = e;
    sum += e;
  }
  return sum;
}
template <class T>
T standard_logsumexp(const T* x, std::size_t n) {
  const T top = *std::max_element(x, x + n);
  return top + std::log(sum_of_exponentials<T>(x, top, nullptr, n));
}

template <class T>
void add_rows_of(std::size_t n) {
  add_rows_of<T>(n, "softmax", "variad", &variad::math::softmax<T>);
  add_rows_of<T>(n, "softmax", "std", [](const T* x, T* y, std::size_t size) {
    const T sum = sum_of_exponentials(x, *std::max_element(x, x + size), y, size);
    for (std::size_t i = 0; i < size; ++i) y[i] /= sum;
  });
  add_rows_of<T>(n, "log_softmax", "variad", &variad::math::log_softmax<T>);
  add_rows_of<T>(n, "log_softmax", "std", [](const T* x, T* y, std::size_t size) {
    const T shift = standard_logsumexp(x, size);
    for (std::size_t i = 0; i < size; ++i) y[i] = x[i] - shift;
  });
  add_rows_of<T>(n, "logsumexp", "variad",
                 [](const T* x, T* y, std::size_t size) { *y = variad::math::logsumexp(x, size); });
  add_rows_of<T>(n, "logsumexp", "std",
                 [](const T* x, T* y, std::size_t size) { *y = standard_logsumexp(x, size); });
}

}  // namespace

template <class T>
void add_rows() {
  add_rows_of<T>(short_row);
  add_rows_of<T>(long_row);

  add<T>("softplus_sum", "variad", [] {
    return [x = numbers<T>(real)] { return variad::internals::softplus_sum(x.data(), elements); };
  });
  add<T>("softplus_sum", "std", [] {
    return [x = numbers<T>(real)] {
      T sum = 0;
      for (const T t : x) sum += std::max(t, T(0)) + std::log1p(std::exp(-std::abs(t)));
      return sum;
    };
  });
  // Of sums u + w, whose exponentials are known.
  add<T>("softplus_of_exponentials", "variad", [] {
    return [u = numbers<T>(positive), w = numbers<T>(positive)] {
      const T* const row = w.data();
      T sum = 0;
      variad::internals::softplus_of_exponentials<T>(u.data(), {&row, 1}, elements, &sum);
      return sum;
    };
  });
  add<T>("softplus_of_exponentials", "std", [] {
    return [u = numbers<T>(positive), w = numbers<T>(positive)] {
      T sum = 0;
      for (std::size_t i = 0; i < elements; ++i) sum += std::log1p(u[i] * w[i]);
      return sum;
    };
  });

  add<T>("norm", "variad",
         [] { return [x = numbers<T>(real)] { return variad::internals::norm(x.span()); }; });
  add<T>("norm", "std", [] {
    return [x = numbers<T>(real)] {
      T sum = 0;
      for (const T value : x) sum += value * value;
      return std::sqrt(sum);
    };
  });
}
template void add_rows<float>();
template void add_rows<double>();

}  // namespace kernels
