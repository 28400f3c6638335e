#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include <variad/runtime/math/math.hpp>
#include <variad/runtime/math/running_logsumexp.hpp>
#include <variad/runtime/random/normal.hpp>
#include <variad/runtime/simd/partial.hpp>

using namespace variad;
using namespace variad::internals;

namespace {

template <class T>
using limits = std::numeric_limits<T>;

// The distance of `got` from `want` in units in the last place of `want`.
template <class T>
double ulps(T got, long double want) {
  const T rounded = static_cast<T>(want);
  if (std::isnan(got) || std::isnan(rounded))
    return std::isnan(got) == std::isnan(rounded) ? 0 : 1e30;
  if (std::isinf(got) || std::isinf(rounded)) return got == rounded ? 0 : 1e30;
  const T size = std::abs(rounded);
  const long double unit =
      static_cast<long double>(std::nextafter(size, limits<T>::infinity())) - size;
  return static_cast<double>(std::abs(static_cast<long double>(got) - want) / unit);
}

// out[i] = kernel(in[i]), by registers, the last of which is filled up with zeros.
template <class T, class Kernel>
void apply_kernel(Kernel kernel, const T* in, T* out, std::size_t n) {
  std::size_t i = 0;
  for (; i + lanes<T> <= n; i += lanes<T>) store(out + i, kernel(load(in + i)));
  if (i < n) store_partial(out + i, kernel(load_partial(in + i, n - i)), n - i);
}

// The worst error of a kernel over values of [low, high], or e to the power of these, on a length
// that does not fill the last register.
template <class T, class Kernel, class Oracle>
double worst(Kernel kernel, Oracle oracle, double low, double high, bool spread = false) {
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<T> in(200003), out(in.size());
  for (T& x : in) x = static_cast<T>(spread ? std::exp(uniform(engine)) : uniform(engine));
  apply_kernel(kernel, in.data(), out.data(), in.size());
  double result = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    result = std::max(result, ulps(out[i], oracle(static_cast<long double>(in[i]))));
  }
  return result;
}

long double exact_sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double exact_softplus(long double x) {
  return std::max(x, 0.0L) + std::log1p(std::exp(-std::abs(x)));
}

template <class T>
T first(const batch<T>& x) {
  return x.get(0);
}

}  // namespace

TEMPLATE_TEST_CASE("kernels keep the errors they state", "[math]", float, double) {
  using T = TestType;
  const bool single = std::is_same_v<T, float>;
  const double end = single ? 87 : 700;
  const auto exp = [](auto x) { return math::exp(x); };
  const auto expm1 = [](auto x) { return math::expm1(x); };
  const auto log = [](auto x) { return math::log(x); };
  const auto log1p = [](auto x) { return math::log1p(x); };
  const auto tanh = [](auto x) { return math::tanh(x); };
  const auto exact = [](auto f) { return f; };
  const auto exact_exp = exact([](long double x) { return std::exp(x); });
  const auto exact_expm1 = exact([](long double x) { return std::expm1(x); });
  const auto exact_log = exact([](long double x) { return std::log(x); });
  const auto exact_log1p = exact([](long double x) { return std::log1p(x); });
  const auto exact_tanh = exact([](long double x) { return std::tanh(x); });
  const auto exact_sin = exact([](long double x) { return std::sin(x); });
  const auto exact_cos = exact([](long double x) { return std::cos(x); });

  CHECK(worst<T>(exp, exact_exp, -end, end) <= (single ? 1.6 : 1.0));
  CHECK(worst<T>(exp, exact_exp, -1, 1) <= (single ? 1.6 : 1.0));
  CHECK(worst<T>(expm1, exact_expm1, -20, 20) <= (single ? 2.2 : 1.5));
  CHECK(worst<T>(expm1, exact_expm1, -0.5, 0.5) <= (single ? 2.2 : 1.5));
  CHECK(worst<T>(log, exact_log, -end, end, true) <= 0.9);
  CHECK(worst<T>(log, exact_log, 0.5, 2) <= 0.9);
  CHECK(worst<T>(log, exact_log, single ? -103 : -744, -end, true) <= 0.9);
  CHECK(worst<T>(log1p, exact_log1p, -60, end, true) <= 0.9);
  CHECK(worst<T>(log1p, exact_log1p, -0.999999, 1) <= 0.9);
  CHECK(worst<T>(tanh, exact_tanh, -10, 10) <= 1.5);
  CHECK(worst<T>(tanh, exact_tanh, -1, 1) <= 1.5);
  CHECK(worst<T>([](auto x) { return math::sqrt(x); }, [](long double x) { return std::sqrt(x); },
                 0, 100) <= 0.5001);
  CHECK(worst<T>([](auto x) { return math::sigmoid(x); }, exact_sigmoid, -end, end) <= 2.6);
  CHECK(worst<T>([](auto x) { return math::sigmoid(x); }, exact_sigmoid, -3, 3) <= 2.6);
  CHECK(worst<T>([](auto x) { return math::softplus(x); }, exact_softplus, -end, end) <=
        (single ? 2.1 : 1.8));
  CHECK(worst<T>([](auto x) { return math::softplus(x); }, exact_softplus, -3, 3) <=
        (single ? 2.1 : 1.8));
  CHECK(worst<T>([](auto x) { return sin_octant<T>(x); }, exact_sin, -0.7853, 0.7853) <= 0.8);
  CHECK(worst<T>([](auto x) { return cos_octant<T>(x); }, exact_cos, -0.7853, 0.7853) <= 1.3);
}

// ψ⁽ᵏ⁾(x) by the recurrence to 40 and the asymptotic series from there, which is exact to 1e-19 of
// the terms.
long double exact_polygamma(int k, long double x) {
  long double sum = 0, factorial = 1;
  for (int i = 2; i <= k; ++i) factorial *= i;
  for (; x < 40; ++x) sum += factorial / std::pow(x, k + 1.0L);
  const long double bernoulli[] = {1 / 6.0L, -1 / 30.0L, 1 / 42.0L, -1 / 30.0L, 5 / 66.0L};
  long double tail = factorial / (2 * std::pow(x, k + 1.0L));
  for (int j = 1; j <= 5; ++j)
    tail += bernoulli[j - 1] * std::tgamma(2.0L * j + k) / std::tgamma(2.0L * j + 1) /
            std::pow(x, 2.0L * j + k);
  if (k == 0) return std::log(x) - tail - sum;
  tail += factorial / k / std::pow(x, static_cast<long double>(k));
  return (k % 2 != 0 ? 1 : -1) * (tail + sum);
}

TEMPLATE_TEST_CASE("special functions keep the errors they state", "[math]", float, double) {
  using T = TestType;
  const bool single = std::is_same_v<T, float>;
  const auto lgamma = [](auto x) { return math::lgamma(x); };
  const auto exact_lgamma = [](long double x) { return std::lgamma(x); };
  for (const auto& [low, high] : {std::pair(0.0, 0.5), std::pair(0.5, 1.5), std::pair(1.5, 2.5),
                                  std::pair(2.5, 14.0), std::pair(14.0, 300.0)})
    CHECK(worst<T>(lgamma, exact_lgamma, low, high) <= 7.5);
  CHECK(worst<T>(lgamma, exact_lgamma, single ? -87 : -708, 0, true) <= 7.5);
  CHECK(worst<T>(lgamma, exact_lgamma, 5, single ? 80 : 690, true) <= 7.5);

  const auto sin = [](auto x) { return math::sin(x); };
  const auto cos = [](auto x) { return math::cos(x); };
  const auto exact_sin = [](long double x) { return std::sin(x); };
  const auto exact_cos = [](long double x) { return std::cos(x); };
  for (const double end : {3.0, 1e3, 1e6}) {
    CHECK(worst<T>(sin, exact_sin, -end, end) <= (single ? 1.6 : 2.3));
    CHECK(worst<T>(cos, exact_cos, -end, end) <= (single ? 1.6 : 2.3));
  }
  const auto erf = [](auto x) { return math::erf(x); };
  const auto exact_erf = [](long double x) { return std::erf(x); };
  CHECK(worst<T>(erf, exact_erf, -7, 7) <= (single ? 2.5 : 2.0));
  CHECK(worst<T>(erf, exact_erf, -20, 0, true) <= (single ? 2.5 : 2.0));

  const auto digamma = [](auto x) { return math::digamma(x); };
  std::mt19937_64 engine(5);
  double error = 0;
  for (int i = 0; i < 100000; ++i) {
    const T x = static_cast<T>(std::exp(std::uniform_real_distribution<double>(-30, 30)(engine)));
    const T got = first(digamma(batch<T>(x)));
    const long double want = exact_polygamma(0, x), size = std::max(1.0L, std::abs(want));
    error = std::max(error,
                     ulps(static_cast<T>(got - static_cast<T>(want) + static_cast<T>(size)), size));
    // Each is within 9 ULP of 1 where it is smaller than 1.
    REQUIRE(digamma(x) == Approx(static_cast<double>(got))
                              .epsilon(single ? 1e-5 : 1e-13)
                              .margin(18 * std::numeric_limits<T>::epsilon()));
  }
  CHECK(error <= 9);
  CHECK(worst<T>([](auto x) { return math::trigamma(x); },
                 [](long double x) { return exact_polygamma(1, x); }, single ? -40 : -300,
                 single ? 80 : 300, true) <= 5);
  CHECK(worst<T>([](auto x) { return math::polygamma<2>(x); },
                 [](long double x) { return exact_polygamma(2, x); }, -2, 10, true) <= 8);

  for (const T y : {T(0.5), T(-1.5), T(3), T(20.25)})
    for (int i = 0; i < 20000; ++i) {
      const T x = static_cast<T>(std::exp(std::uniform_real_distribution<double>(-3, 3)(engine)));
      const long double want = std::pow(static_cast<long double>(x), static_cast<long double>(y));
      REQUIRE(ulps(first(math::pow(batch<T>(x), batch<T>(y))), want) <=
              2 + 2 * static_cast<double>(std::abs(std::log(want))));
    }
  for (const int n : {-3, -1, 0, 1, 2, 5, 12}) {
    const auto power = [&](auto x) { return math::integer_power(x, n); };
    const auto exact = [&](long double x) { return std::pow(x, static_cast<long double>(n)); };
    CHECK(worst<T>(power, exact, -3, 3) <= std::abs(n) + 1);
  }
}

TEMPLATE_TEST_CASE("special functions at the edges of their ranges", "[math]", float, double) {
  using T = TestType;
  using V = batch<T>;
  const T inf = limits<T>::infinity(), nan = limits<T>::quiet_NaN();
  const auto both = [](auto f, std::initializer_list<T> x, T want) {
    std::array<V, 2> lane;
    std::array<T, 2> scalar;
    std::size_t i = 0;
    for (const T v : x) {
      lane[i] = V(v);
      scalar[i++] = v;
    }
    for (const T got : {first(V(f(lane))), T(f(scalar))})
      CHECK((std::isnan(want) ? std::isnan(got) : got == want));
  };
  const auto lgamma = [](const auto& x) { return math::lgamma(x[0]); };
  both(lgamma, {T(0)}, inf);
  both(lgamma, {inf}, inf);
  both(lgamma, {T(1)}, 0);
  both(lgamma, {T(2)}, 0);
  both(lgamma, {T(-0.5)}, nan);
  both(lgamma, {nan}, nan);
  const auto digamma = [](const auto& x) { return math::digamma(x[0]); };
  both(digamma, {T(0)}, -inf);
  both(digamma, {inf}, inf);
  both(digamma, {T(-0.5)}, nan);
  both(digamma, {nan}, nan);
  both([](const auto& x) { return math::trigamma(x[0]); }, {inf}, 0);
  const auto erf = [](const auto& x) { return math::erf(x[0]); };
  both(erf, {inf}, 1);
  both(erf, {-inf}, -1);
  both(erf, {T(0)}, 0);
  both(erf, {nan}, nan);
  both([](const auto& x) { return math::sin(x[0]); }, {inf}, nan);
  both([](const auto& x) { return math::cos(x[0]); }, {T(0)}, 1);
  const auto pow = [](const auto& x) { return math::pow(x[0], x[1]); };
  both(pow, {T(0), T(2)}, 0);
  both(pow, {T(0), T(-1)}, inf);
  both(pow, {T(0), T(0)}, 1);
  both(pow, {T(-1), T(3)}, -1);
  both(pow, {T(-1), T(2)}, 1);
  both(pow, {T(-1), T(0.5)}, nan);
}

TEMPLATE_TEST_CASE("an element has the same bits wherever it stands", "[math]", float, double) {
  using T = TestType;
  constexpr std::size_t n = 3 * lanes<T> + 1;
  std::mt19937_64 engine(6);
  std::vector<T> in(n), whole(n), part(n);
  const auto check = [&](auto kernel) {
    for (int round = 0; round < 200; ++round) {
      for (T& x : in) x = std::uniform_real_distribution<T>(T(0.01), T(8))(engine);
      apply_kernel(kernel, in.data(), whole.data(), n);
      for (std::size_t begin = 0; begin < lanes<T>; ++begin) {
        apply_kernel(kernel, in.data() + begin, part.data(), n - begin);
        for (std::size_t i = begin; i < n; ++i) REQUIRE(part[i - begin] == whole[i]);
      }
    }
  };
  check([](auto x) { return math::exp(x); });
  check([](auto x) { return math::log(x); });
  check([](auto x) { return math::log1p(x); });
  check([](auto x) { return math::tanh(x); });
  check([](auto x) { return math::sigmoid(x); });
  check([](auto x) { return math::softplus(x); });
  check([](auto x) { return math::sin(x * T(2e3)); });
  check([](auto x) { return math::cos(x * T(2e5)); });
  check([](auto x) { return math::erf(x); });
  check([](auto x) { return math::lgamma(x * T(3)); });
  check([](auto x) { return math::digamma(x * T(3)); });
  check([](auto x) { return math::pow(x, x); });
}

TEMPLATE_TEST_CASE("kernels at the edges of their ranges", "[math]", float, double) {
  using T = TestType;
  using V = batch<T>;
  const T inf = limits<T>::infinity(), nan = limits<T>::quiet_NaN();
  const T edges[] = {T(0),
                     -T(0),
                     inf,
                     -inf,
                     nan,
                     T(1),
                     T(-1),
                     T(-2),
                     T(1e3),
                     T(-1e3),
                     T(1e30),
                     T(-1e30),
                     limits<T>::denorm_min(),
                     limits<T>::min(),
                     limits<T>::max(),
                     limits<T>::epsilon() / 2 - 1};
  for (const T x : edges) {
    INFO("at " << x);
    CHECK(ulps(first(math::exp(V(x))), std::exp(x)) <= 2);
    CHECK(ulps(first(math::expm1(V(x))), std::expm1(x)) <= 3);
    CHECK(ulps(first(math::log(V(x))), std::log(x)) <= 2);
    CHECK(ulps(first(math::log1p(V(x))), std::log1p(x)) <= 2);
    CHECK(ulps(first(math::tanh(V(x))), std::tanh(x)) <= 2);
    CHECK(ulps(first(math::sqrt(V(x))), std::sqrt(x)) <= 1);
    CHECK(ulps(first(math::sigmoid(V(x))), exact_sigmoid(x)) <= 3);
    CHECK(ulps(math::sigmoid(x), exact_sigmoid(x)) <= 3);
    if (!std::isnan(x)) {
      CHECK(ulps(first(math::softplus(V(x))), exact_softplus(x)) <= 3);
      CHECK(ulps(math::softplus(x), exact_softplus(x)) <= 3);
    }
  }
  CHECK(std::isnan(first(math::softplus(V(nan)))));
}

TEMPLATE_TEST_CASE("logarithms that weigh nothing", "[math]", float, double) {
  using T = TestType;
  const T inf = limits<T>::infinity(), nan = limits<T>::quiet_NaN();
  const auto both = [](auto f, T a, T b) {  // of scalars and of registers
    const T one = f(a, b), lane = reduce_max(f(batch<T>(a), batch<T>(b)));
    CHECK(ulps<T>(lane, one) <= 2);
    return one;
  };
  const auto xlogy = [](const auto& a, const auto& b) { return math::xlogy(a, b); };
  const auto xlog1py = [](const auto& a, const auto& b) { return math::xlog1py(a, b); };
  const auto product = [](const auto& a, const auto& b) { return math::product_or_zero(a, b); };
  for (const T y : {T(0), T(0.5), inf, T(-1)}) {
    CHECK(both(xlogy, T(0), y) == T(0));
    CHECK(both(xlog1py, T(0), y) == T(0));
    CHECK(both(product, T(0), y) == T(0));
  }
  CHECK(math::product_or_zero(T(0), nan) == T(0));
  CHECK(std::isnan(math::xlogy(T(0), nan)));
  CHECK(std::isnan(math::xlogy(T(1), T(-1))));
  CHECK(both(xlogy, T(2), T(0)) == -inf);
  CHECK(both(xlog1py, T(2), T(-1)) == -inf);
  CHECK(both(xlogy, T(2), T(3)) == Approx(2 * std::log(3.0)));
  CHECK(both(xlog1py, T(2), T(1e-12)) == Approx(2e-12));
  const T third = T(1) / T(3);
  CHECK(worst<T>([&](const batch<T>& y) { return math::xlogy(batch<T>(third), y); },
                 [&](long double y) { return third * std::log(y); }, -80, 80, true) < 2);
  CHECK(worst<T>([&](const batch<T>& y) { return math::xlog1py(batch<T>(third), y); },
                 [&](long double y) { return third * std::log1p(y); }, -0.999, 1) < 2);
  CHECK(math::finite_log(T(0)) == Approx(std::log(static_cast<double>(limits<T>::min()))));
  CHECK(math::finite_inverse(T(0)) == 1 / limits<T>::min());
  CHECK(math::finite_slope(-inf) == T(-1e30));
  CHECK(T(0) * math::finite_slope(inf) == T(0));
}

TEMPLATE_TEST_CASE("exact operations agree on scalars and batches", "[math]", float, double) {
  using T = TestType;
  using V = batch<T>;
  for (const T a : {T(-2), T(0), T(3)}) {
    for (const T b : {T(-3), T(1), T(3)}) {
      CHECK(first(math::max(V(a), V(b))) == math::max(a, b));
      CHECK(first(math::min(V(a), V(b))) == math::min(a, b));
      CHECK(first(math::select(V(a) < V(b), V(a), V(b))) == math::select(a < b, a, b));
      CHECK(first(math::abs(V(a))) == math::abs(a));
    }
  }
  CHECK(math::max(T(2), T(3)) == T(3));
  CHECK(math::min(T(2), T(3)) == T(2));
  CHECK(math::select(false, T(2), T(3)) == T(3));
}

TEST_CASE("running_logsumexp takes values one by one", "[math]") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  running_logsumexp sum;
  CHECK(sum.value() == -inf);
  sum.add(-inf);
  CHECK(sum.value() == -inf);
  for (const double x : {-900.0, 700.0, 699.0, -inf}) sum.add(x);
  CHECK(sum.value() == Approx(700 + std::log1p(std::exp(-1.0))).epsilon(1e-14));
}

TEMPLATE_TEST_CASE("softmax, log_softmax and logsumexp", "[math]", float, double) {
  using T = TestType;
  const double tolerance = std::is_same_v<T, float> ? 2e-6 : 4e-15;
  for (const T offset : {T(0), T(500), T(-500)}) {
    for (std::size_t n = 1; n < 70; ++n) {
      std::mt19937 engine(static_cast<unsigned>(n));
      std::vector<T> in(n), p(n), l(n);
      for (T& x : in) x = offset + std::normal_distribution<T>(0, 3)(engine);
      long double total = 0;
      for (const T x : in) total += std::exp(static_cast<long double>(x));
      const long double want = std::log(total);
      REQUIRE(math::logsumexp(in.data(), n) ==
              Approx(static_cast<double>(want)).epsilon(tolerance).margin(tolerance));
      math::softmax(in.data(), p.data(), n);
      math::log_softmax(in.data(), l.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        const long double logit = static_cast<long double>(in[i]) - want;
        REQUIRE(p[i] ==
                Approx(static_cast<double>(std::exp(logit))).epsilon(10 * tolerance).margin(1e-30));
        // The subtraction rounds in units of the logits.
        REQUIRE(l[i] ==
                Approx(static_cast<double>(logit)).margin(tolerance * (1 + std::abs(offset))));
      }
      math::softmax(in.data(), in.data(), n);
      REQUIRE(in == p);
    }
  }
}

TEMPLATE_TEST_CASE("groups with categories that cannot occur", "[math]", float, double) {
  using T = TestType;
  const T inf = limits<T>::infinity();
  for (std::size_t n = 2; n < 40; ++n) {
    std::vector<T> in(n, -inf), p(n);
    CHECK(math::logsumexp(in.data(), n) == -inf);
    in[n - 1] = T(-700);
    in[0] = T(-700);
    CHECK(math::logsumexp(in.data(), n) == Approx(-700 + std::log(2.0)));
    math::softmax(in.data(), p.data(), n);
    CHECK(p[0] == T(0.5));
    CHECK(p[n - 1] == T(0.5));
    for (std::size_t i = 1; i + 1 < n; ++i) REQUIRE(p[i] == T(0));
  }
}
