#pragma once

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <numbers>

#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/elementary.hpp>

/// Powers and special functions of a scalar and of a batch, which have the same bits but for `pow`
/// and `erf`. Errors are stated as in elementary.hpp.
namespace variad::math {

using namespace internals;

/// x^y, of a negative x where y is an integer; NaN elsewhere below 0.
/// Maximal error of a batch: 2 + 2 |y log x| ULP (float, double).
template <kernel_value V>
V pow(const V& x, const V& y) {
  if constexpr (simd_batch<V>) {
    using T = scalar_of<V>;
    const V size = math::exp(V(y * math::log(math::abs(x))));
    const V half = T(0.5) * y;
    const auto whole = xsimd::floor(y) == y, even = xsimd::floor(half) == half;
    const V below = math::select(whole, math::select(even, size, V(-size)),
                                 V(std::numeric_limits<T>::quiet_NaN()));
    return math::select(y == V(T(0)), V(T(1)), math::select(x < V(T(0)), below, size));
  } else {
    return std::pow(x, y);
  }
}

/// x^n by multiplication. Maximal error: |n| + 1 ULP.
template <kernel_value V>
V integer_power(const V& x, int n) {
  V power = broadcast<V>(1), square = x;
  for (unsigned rest = n < 0 ? -static_cast<unsigned>(n) : static_cast<unsigned>(n); rest != 0;
       rest /= 2) {
    if (rest % 2 != 0) power = power * square;
    square = square * square;
  }
  return n < 0 ? V(broadcast<V>(1) / power) : power;
}

}  // namespace variad::math

namespace variad::internals {

/// c₀ xⁿ + c₁ xⁿ⁻¹ + …
template <class V, std::size_t N>
V polynomial(const V& x, const std::array<scalar_of<V>, N>& c) {
  V p = broadcast<V>(c[0]);
  for (std::size_t i = 1; i < N; ++i) p = p * x + broadcast<V>(c[i]);
  return p;
}

/// erf(x) of a double: up to 1 by its Maclaurin series, beyond by 1 − e^(−x²) p(u), a polynomial in
/// u = (x − 2.5)/(x + 2.5), centred and scaled, that is within 2e-18 of e^(x²) erfc(x) e^(−x²) up
/// to 6, from where erf is 1.
template <class V>
V erf_of_double(const V& x) {
  constexpr auto series = [] {
    std::array<double, 19> c{};
    double factorial = 1;
    for (int n = 0; n < 19; ++n) {
      if (n > 0) factorial *= -n;
      c[static_cast<std::size_t>(18 - n)] =
          2 * std::numbers::inv_sqrtpi / (factorial * (2 * n + 1));
    }
    return c;
  }();
  constexpr std::array fit{
      -9.45504785576645190e-12, -2.99546017619907919e-11, 2.54800808230370990e-10,
      1.42915273504407025e-09,  -6.54266674009658840e-09, -5.58208817396284770e-08,
      2.42655763164091135e-07,  2.12066694887750688e-06,  -1.54391099146457787e-05,
      -5.33784195587739113e-05, 1.28843752074118358e-03,  -9.56345232527084270e-03,
      4.55005642059169047e-02,  -1.58529873393997259e-01, 2.12665139287059768e-01};
  const V size = math::min(math::abs(x), V(6.0)), square = size * size;
  const V u =
      ((size - V(2.5)) / (size + V(2.5)) + V(0.0049833887043189368989)) * V(2.3607843137254901961);
  const V large = V(1.0) - math::exp(V(-square)) * polynomial(u, fit);
  const V y = math::select(math::abs(x) <= V(1.0), V(x * polynomial(square, series)),
                           math::select(x < V(0.0), V(-large), large));
  return math::select(x == x, y, x);
}

/// log Γ(2 + w) / w of w in [−½, ½]: of a float by Cephes (Moshier, lgamf), of a double by
/// 1 − γ + Σ (−1)ᵏ (ζ(k) − 1) wᵏ⁻¹ / k.
template <class V>
V log_gamma_near_two(const V& w) {
  if constexpr (std::same_as<scalar_of<V>, float>) {
    constexpr std::array c{6.055172732649237e-004f, -1.311620815545743e-003f,
                           2.863437556468661e-003f, -7.366775108654962e-003f,
                           2.058355474821512e-002f, -6.735323259371034e-002f,
                           3.224669577325661e-001f, 4.227843421859038e-001f};
    return polynomial(w, c);
  } else {
    constexpr std::array c{
        1.33047643742444888200e-10,  -2.75952288512423335590e-10, 5.73136724167886225144e-10,
        -1.19214014058609115474e-09, 2.48367454380247847524e-09,  -5.18347504197004664423e-09,
        1.08386592148969545929e-08,  -2.27110946089431635043e-08, 4.76981016936398039829e-08,
        -1.00432248239680990840e-07, 2.12071848055546646449e-07,  -4.49246919876456618549e-07,
        9.55141213040741935301e-07,  -2.03921575380136618969e-06, 4.37486678990748817440e-06,
        -9.43948827526839671519e-06, 2.05072127756706910667e-05,  -4.49262367381331420460e-05,
        9.94575127818085309803e-05,  -2.23154758453579385793e-04, 5.09669524743042450139e-04,
        -1.19275391170326101886e-03, 2.89051033074152335933e-03,  -7.38555102867398567679e-03,
        2.05808084277845464161e-02,  -6.73523010531981020099e-02, 3.22467033424113203033e-01,
        4.22784335098467134451e-01};
    return polynomial(w, c);
  }
}

}  // namespace variad::internals

namespace variad::math {

/// The error function 2/√π ∫₀ˣ e^(−t²) dt.
/// Maximal error of a batch: 2.5 ULP (float), 2 ULP (double).
template <kernel_value V>
V erf(const V& x) {
  if constexpr (std::same_as<scalar_of<V>, double> && simd_batch<V>) {
    return erf_of_double(x);
  } else if constexpr (simd_batch<V>) {
    return xsimd::erf(x);
  } else {
    return std::erf(x);
  }
}

/// log Γ(x) of x ≥ 0: ∞ at 0; NaN below. By Γ(x + 1) = x Γ(x) from an interval about 2, so that the
/// error is small beside the zeros at 1 and 2, too; above 6.5 (float) or 13 (double) by Stirling's
/// series.
/// Maximal error: 7.5 ULP (float, double).
template <kernel_value V>
V lgamma(const V& x) {
  using T = scalar_of<V>;
  constexpr bool single = std::same_as<T, float>;
  constexpr T low = T(1.5), top = single ? T(6.5) : T(13);
  const V one = broadcast<V>(1), zero = broadcast<V>(0);
  // Above `low` the factors (x − 1)(x − 2)…; below it x, and x (x + 1) below that.
  V factors = one, z = x;
  for (int i = 0; i < (single ? 4 : 11); ++i) {
    const auto above = z >= V(low + 1);
    z = math::select(above, V(z - one), z);
    factors = math::select(above, V(factors * z), factors);
  }
  const auto below = x < V(low), far_below = x < V(low - 1), small = x < V(top);
  factors = math::select(far_below, V(x * (x + one)), math::select(below, x, factors));
  const V w = math::select(far_below, x, math::select(below, V(x - one), V(z - V(T(2)))));
  const V l = math::log(math::select(small, factors, x));
  const V near_two = w * log_gamma_near_two(w) + math::select(below, V(-l), l);

  const V inverse = one / x, s = inverse * inverse;
  V tail;
  if constexpr (single) {
    constexpr std::array c{6.789774945028216e-4f, -2.769887652139868e-3f, 8.333316229807355e-2f};
    tail = polynomial(s, c);
  } else {
    constexpr std::array c{1.0 / 156,  -691.0 / 360360, 1.0 / 1188, -1.0 / 1680,
                           1.0 / 1260, -1.0 / 360,      1.0 / 12};
    tail = polynomial(s, c);
  }
  const V stirling = (x - V(T(0.5))) * (l - one) + (V(T(0.41893853320467274178)) + tail * inverse);
  const V y = math::select(small, near_two, stirling);
  return math::select(x == zero, V(std::numeric_limits<T>::infinity()), y);
}

/// The derivative of order K + 1 of log Γ(x), x > 0: ψ (digamma), ψ′ (trigamma), … NaN below 0. By
/// the recurrence up to 6 (float) or 10 (double), and the asymptotic series from there (Abramowitz
/// and Stegun, 6.4.6 and 6.4.11). Maximal error: 4 ULP (float, double) for K > 0; of digamma, which
/// crosses 0 at 1.46, 4 ULP of 1 where it is smaller than that.
template <int K, kernel_value V>
V polygamma(const V& x) {
  using T = scalar_of<V>;
  constexpr bool single = std::same_as<T, float>;
  constexpr int steps = single ? 6 : 10, terms = single ? 4 : 8;
  constexpr double bernoulli[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                  5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};
  constexpr auto factorial = [](int n) {
    double f = 1;
    for (int i = 2; i <= n; ++i) f *= i;
    return f;
  };
  const V one = broadcast<V>(1), zero = broadcast<V>(0);
  V y = x, sum = zero;
  for (int i = 0; i < steps; ++i) {
    const auto under = y < V(T(steps));
    sum = sum + math::select(under, integer_power(V(one / y), K + 1), zero);
    y = math::select(under, V(y + one), y);
  }
  const V inverse = one / y, s = inverse * inverse;
  V tail = zero;
  for (int j = terms; j > 0; --j) {
    // B₂ⱼ (2j + K − 1)! / (2j)!
    double c = bernoulli[j - 1];
    if (K == 0) c /= 2 * j;
    for (int m = 1; m < K; ++m) c *= 2 * j + m;
    tail = tail * s + V(static_cast<T>(c));
  }
  const V half = V(static_cast<T>(factorial(K) / 2)) * inverse;
  V result;
  if constexpr (K == 0) {
    result = math::log(y) - ((half + tail * s) + sum);
  } else {
    const V size =
        integer_power(inverse, K) * ((V(static_cast<T>(factorial(K - 1))) + half) + tail * s) +
        V(static_cast<T>(factorial(K))) * sum;
    result = K % 2 != 0 ? size : V(-size);
  }
  return math::select(x < zero, V(std::numeric_limits<T>::quiet_NaN()), result);
}
template <kernel_value V>
V digamma(const V& x) {
  return polygamma<0>(x);
}
template <kernel_value V>
V trigamma(const V& x) {
  return polygamma<1>(x);
}

}  // namespace variad::math
