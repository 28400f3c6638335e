#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numbers>

#include <variad/runtime/math/math.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::families {

/// What the parameter of a categorical family is.
enum class categories_by {
  logits,  ///< logarithms of the probabilities up to an addend; −∞ is a category that is never
           ///< drawn
  probs,   ///< the probabilities up to a factor; 0 is such a category
};

}  // namespace variad::families

namespace variad::internals {

/// Σ x·y, where what weighs x = 0 adds nothing, whatever y is.
template <class T>
T sum_of_products(std::size_t n, const T* x, const T* y) {
  return transform_reduce<T>(
      n, [](const batch<T>& a, const batch<T>& b) { return math::product_or_zero(a, b); }, x, y);
}

/// The groups of K numbers of one row, where the event may be repeated to fill the full one.
template <std::size_t K, class T>
struct categorical_groups {
  T* row;
  std::size_t size;
  T* operator[](std::size_t g) const { return row + (size == 1 ? 0 : g * K % size); }
  /// The step from one category to the next: 0 where one number serves all.
  std::size_t step() const { return size == 1 ? 0 : 1; }
  /// Adds f(j, n), a register of the values j … j + n − 1, for all K values of group g.
  template <class F>
  void add(std::size_t g, F&& f) const {
    T* const out = (*this)[g];
    for_each_part<T>(K, [&](std::size_t j, std::size_t n) {
      const batch<T> value = f(j, n);
      if (size == 1)
        *out += reduce_add(first_lanes<T>(value, n));
      else
        store_partial(out + j, batch<T>(load_partial(out + j, n) + value), n);
    });
  }
};

/// The normaliser of some groups of parameters. Of groups larger than a register, exponentials go
/// through all contiguous values in whole registers; the maximum and the sum are of each group.
template <std::size_t K, families::categories_by By, class T>
struct categories {
  static constexpr std::size_t k = K;
  static constexpr bool by_probs = By == families::categories_by::probs;
  /// Whether a group fits a register, which then holds it from the logits to their exponentials.
  static constexpr bool fits_register = k <= lanes<T>;
  /// What logarithms are at least in derivatives: of the smallest normal number.
  static constexpr T least =
      by_probs ? static_cast<T>(std::numeric_limits<T>::min_exponent - 1) * std::numbers::ln2_v<T>
               : T(-1e30);
  static constexpr std::size_t groups = std::max<std::size_t>(1, 512 / k);  // on the stack

  T log_p[groups * k], p[groups * k], total[padded<T>(groups)];
  std::size_t count = 0, values = 0;

  /// p up to a factor, with the sum of each group in `total`: of logits log_p = l − max l and
  /// p = exp(log_p). The sum is NaN where a probability is negative.
  void exponentials(const categorical_groups<K, const T>& l, std::size_t first, std::size_t n) {
    count = n;
    values = n * k;
    if constexpr (by_probs)
      as_they_are(l, first);
    else if constexpr (fits_register)
      by_registers(l, first);
    else
      by_passes(l, first);
  }
  void as_they_are(const categorical_groups<K, const T>& w, std::size_t first) {
    for (std::size_t g = 0; g < count; ++g) {
      const T* from = w[first + g];
      const std::size_t step = w.step();
      bool valid = true;
      T sum = 0;
      for (std::size_t j = 0; j < k; ++j) {
        const T x = from[j * step];
        valid = valid && x >= T(0);
        sum += p[g * k + j] = x;
      }
      total[g] = valid ? sum : std::numeric_limits<T>::quiet_NaN();
    }
  }
  void by_registers(const categorical_groups<K, const T>& l, std::size_t first) {
    constexpr T lowest = -std::numeric_limits<T>::infinity();
    for (std::size_t g = 0; g < count; ++g) {
      const T* from = l[first + g];
      const batch<T> x = l.step() == 1 ? load_partial(from, k, lowest) : batch<T>(*from);
      const batch<T> below = x - batch<T>(reduce_max(x));
      const batch<T> e = math::exp(below);
      store_partial(log_p + g * k, below, k);
      store_partial(p + g * k, e, k);
      total[g] = reduce_add(first_lanes<T>(e, k));
    }
  }
  void by_passes(const categorical_groups<K, const T>& l, std::size_t first) {
    for (std::size_t g = 0; g < count; ++g) {
      const T* from = l[first + g];
      const std::size_t step = l.step();
      T top = from[0];
      for (std::size_t j = 1; j < k; ++j) top = from[j * step] > top ? from[j * step] : top;
      for (std::size_t j = 0; j < k; ++j) log_p[g * k + j] = from[j * step] - top;
    }
    std::size_t i = 0;
    for (; i + lanes<T> <= values; i += lanes<T>) store(p + i, math::exp(load(log_p + i)));
    if (i < values)
      store_partial(p + i, math::exp(load_partial(log_p + i, values - i)), values - i);
    for (std::size_t g = 0; g < count; ++g) {
      T sum = 0;
      for (std::size_t j = 0; j < k; ++j) sum += p[g * k + j];
      total[g] = sum;
    }
  }
  /// The probabilities of n groups from `first` on, and their logarithms.
  void normalise(const categorical_groups<K, const T>& l, std::size_t first, std::size_t n) {
    exponentials(l, first, n);
    T log_total[padded<T>(groups)];
    for_each_vector<T>(n, [&]<class V>(std::size_t g) {
      store(log_total + g, V(math::log(load_as<V>(total + g))));
    });
    for (std::size_t g = 0; g < n; ++g) {
      const batch<T> scale(1 / total[g]), shift(log_total[g]);
      for_each_part<T>(k, [&](std::size_t j, std::size_t some) {
        T *const pi = p + g * k + j, *const log_pi = log_p + g * k + j;
        const batch<T> raw = load_partial(pi, some);
        store_partial(pi, batch<T>(raw * scale), some);
        const batch<T> log_raw = by_probs ? math::log(raw) : load_partial(log_pi, some);
        store_partial(log_pi, batch<T>(log_raw - shift), some);
      });
    }
  }
  /// The mean of log_p in a group: Σ π·log π.
  T mean_log(std::size_t g) const { return sum_of_products<T>(k, p + g * k, log_p + g * k); }
  /// log_p from value j of a group on, finite: of what is impossible, a very negative number.
  batch<T> finite_log(std::size_t g, std::size_t j, std::size_t some) const {
    return math::max(load_partial(log_p + g * k + j, some), batch<T>(least));
  }
  /// From the adjoint of the probabilities of a group, less its mean under them, to that of the
  /// parameters.
  batch<T> to_parameter(std::size_t g, std::size_t j, std::size_t some,
                        const batch<T>& centred) const {
    if constexpr (by_probs)
      return centred * batch<T>(T(1) / total[g]);
    else
      return load_partial(p + g * k + j, some) * centred;
  }
  /// From the adjoint of log_p of a group, and the sum of that, to that of the parameters.
  batch<T> from_log(std::size_t g, std::size_t j, std::size_t some, const batch<T>& adjoint,
                    const batch<T>& sum) const {
    const batch<T> pi = load_partial(p + g * k + j, some);
    if constexpr (by_probs)
      return (adjoint * math::finite_inverse(pi) - sum) * batch<T>(T(1) / total[g]);
    else
      return adjoint - sum * pi;
  }
};

}  // namespace variad::internals
